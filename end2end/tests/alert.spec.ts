import type { Page } from "@playwright/test";
import { type Customer, type Desk, expect, test } from "../support/fixtures";

declare global {
  interface Window {
    told: string[];
    sounds: number;
  }
}

/// A page that writes down on the way what reaches the browser's own speaker and notifications.
function listening(page: Page): Promise<void> {
  return page.addInitScript(() => {
    window.told = [];
    window.sounds = 0;
    // Notifications are for a page in the background, where a headless browser cannot put it.
    Object.defineProperty(document, "hidden", { get: () => true });
    window.Notification = class {
      static permission = "granted";
      static requestPermission = async () => "granted";
      constructor(title: string) {
        window.told.push(title);
      }
      close() {}
    } as unknown as typeof Notification;
    const start = OscillatorNode.prototype.start;
    OscillatorNode.prototype.start = function (when) {
      window.sounds += 1;
      start.call(this, when);
    };
  });
}

const heard = (desk: Desk) => desk.page.evaluate(() => ({ told: window.told, sounded: window.sounds > 0 }));

const silence = (desk: Desk) =>
  desk.page.evaluate(() => {
    window.told = [];
    window.sounds = 0;
  });

async function preference(desk: Desk, label: RegExp): Promise<void> {
  await desk.page.getByRole("button", { name: /^Account of/ }).click();
  await desk.page.getByLabel(label).click();
  await desk.page.keyboard.press("Escape");
}

const alerted = { told: ["Somebody is waiting for a person"], sounded: true };
const nothing = { told: [], sounded: false };

test("a new request sounds and notifies, without a name, until both are switched off", async ({ sit, simulator }) => {
  const ana = await sit("Ana", { before: listening });
  await preference(ana, /Browser notifications/);
  await simulator.asks(await simulator.customer("Nora Named"));
  await expect.poll(() => heard(ana)).toEqual(alerted);

  await preference(ana, /Browser notifications/);
  await preference(ana, /Sound/);
  await silence(ana);
  const waiting = await ana.page.locator(".waiting b").textContent();
  await simulator.asks(await simulator.customer("Quin Quiet"));
  await expect(ana.page.locator(".waiting b")).not.toHaveText(waiting ?? "");
  expect(await heard(ana)).toEqual(nothing);
});

test("whoever still waits after a minute is told once more, and only once", async ({ sit, simulator }) => {
  const minute = 60_000;
  const ana = await sit("Ana", {
    before: async (page) => {
      await listening(page);
      await page.clock.install();
    },
  });
  await preference(ana, /Browser notifications/);
  const who = await simulator.customer("Petra Patient");
  await simulator.asks(who);
  await expect.poll(() => heard(ana)).toEqual(alerted);
  await silence(ana);
  await ana.page.clock.fastForward(minute);
  await expect.poll(() => heard(ana)).toEqual(alerted);
  await silence(ana);
  await ana.page.clock.fastForward(2 * minute);
  expect(await heard(ana)).toEqual(nothing);

  // Nobody is told of somebody who was helped meanwhile.
  const next = async () => (await (await ana.call("take_next", {})).json()) as string | null;
  while (await next());
  await expect(ana.page.locator(".waiting")).toHaveCount(0);
  await silence(ana);
  await simulator.asks(await simulator.customer("Hedda Helped"));
  await expect.poll(() => heard(ana)).toEqual(alerted);
  expect(await next()).not.toBeNull();
  await expect(ana.page.locator(".waiting")).toHaveCount(0);
  await silence(ana);
  await ana.page.clock.fastForward(minute);
  expect(await heard(ana)).toEqual(nothing);
});

test("whom a chat is passed to is alerted, nobody else is, and nobody who is Away", async ({ sit, simulator }) => {
  const ana = await sit("Ana");
  const [ben, olivia] = [await sit("Ben", { before: listening }), await sit("Olivia", { before: listening })];
  const presence = ben.page.locator("button.presence");
  for (const desk of [ben, olivia]) {
    await desk.call("set_presence", { presence: "available" });
    await expect(desk.page.locator("button.presence")).toHaveText("Available");
    await preference(desk, /Browser notifications/);
    await desk.tab("Requested").click();
  }
  // Whoever is alerted is so before the chat is taken: two changes that arrive together are drawn as one.
  const asks = async (name: string, called: Desk[]) => {
    const who = await simulator.customer(name);
    await simulator.asks(who);
    for (const desk of called) await expect.poll(() => heard(desk)).toEqual(alerted);
    await ana.tab("Requested").click();
    await ana.open(who);
    await ana.intervene.click();
    await expect(ana.composer).toBeVisible();
    for (const desk of [ben, olivia]) await expect(desk.row(who)).toHaveCount(0);
    return who;
  };
  const pass = async () => {
    await ana.page.getByRole("button", { name: /^Pass on/ }).click();
    const dialog = ana.page.getByRole("dialog", { name: "Pass this chat on" });
    await dialog.getByRole("radio", { name: /^Ben/ }).click();
    await dialog.getByRole("button", { name: /^Pass to Ben/ }).click();
  };
  const accept = async (who: Customer) => {
    await ben.open(who);
    await ben.page.getByRole("button", { name: /^Accept/ }).click();
    await expect(ben.composer).toBeVisible();
    await ben.resolve();
    await ben.tab("Requested").click();
  };
  const first = await asks("Orla Offered", [ben, olivia]);
  for (const desk of [ben, olivia]) await silence(desk);
  await pass();
  await expect(ben.page.getByText("Orla Offered was passed to you")).toBeVisible();
  await expect.poll(() => heard(ben)).toEqual(alerted);
  // A supervisor sees for whom it waits, and is not called.
  await expect(olivia.row(first).getByText("for Ben")).toBeVisible();
  expect(await heard(olivia)).toEqual(nothing);
  await accept(first);

  await presence.click();
  await expect(presence).toHaveText("Away");
  await silence(ben);
  const second = await asks("Abel Absent", [olivia]);
  await pass();
  await expect(ben.page.getByText("Abel Absent was passed to you")).toBeVisible();
  expect(await heard(ben)).toEqual(nothing);
  await presence.click();
  await expect(presence).toHaveText("Available");
  await accept(second);
});

test("an alert sounds in one tab, however many there are", async ({ sit, simulator, baton }) => {
  const ana = await sit("Ana", { before: listening });
  const second = await ana.context.newPage();
  await listening(second);
  await second.goto(`${baton.url}/chats/active`);
  await expect(second.locator(".frame")).toHaveAttribute("data-live", "live");
  const sounds = async () => [await ana.page.evaluate(() => window.sounds), await second.evaluate(() => window.sounds)];
  // Browsers let a tab sound once somebody has clicked or typed there.
  for (const page of [ana.page, second]) await page.locator("body").click({ position: { x: 2, y: 2 } });
  await simulator.asks(await simulator.customer("Tabea Tabs"));
  for (const page of [ana.page, second]) await expect(page.locator(".waiting")).toBeVisible();
  // Two tones.
  await expect.poll(async () => (await sounds()).sort()).toEqual([0, 2]);
  await expect.poll(() => held(second)).toBe(0);
  expect((await sounds()).sort()).toEqual([0, 2]);

  // Somebody else waits later: they are told again, in one tab.
  await silence(ana);
  await second.evaluate(() => (window.sounds = 0));
  await simulator.asks(await simulator.customer("Tilda Tabs"));
  await expect.poll(async () => (await sounds()).sort()).toEqual([0, 2]);
});

/// How many locks a browser's tabs hold.
const held = (page: Page) => page.evaluate(async () => (await navigator.locks.query()).held?.length);

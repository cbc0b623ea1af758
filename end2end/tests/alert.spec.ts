import { expect, test } from "../support/fixtures";

declare global {
  interface Window {
    told: string[];
    sounds: number;
  }
}

test("a new request sounds and notifies, without a name, until both are switched off", async ({ sit, simulator }) => {
  const ana = await sit("Ana", {
    before: (page) =>
      page.addInitScript(() => {
        // What reaches the browser's own speaker and notifications is written down on the way.
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
        } as unknown as typeof Notification;
        const start = OscillatorNode.prototype.start;
        OscillatorNode.prototype.start = function (when) {
          window.sounds += 1;
          start.call(this, when);
        };
      }),
  });
  const heard = () => ana.page.evaluate(() => ({ told: window.told, sounded: window.sounds > 0 }));
  const preference = async (label: RegExp) => {
    await ana.page.getByRole("button", { name: /^Account of/ }).click();
    await ana.page.getByLabel(label).click();
    await ana.page.keyboard.press("Escape");
  };
  await preference(/Browser notifications/);
  await simulator.asks(await simulator.customer("Nora Named"));
  await expect.poll(heard).toEqual({ told: ["Somebody is waiting for a person"], sounded: true });

  await preference(/Browser notifications/);
  await preference(/Sound/);
  await ana.page.evaluate(() => {
    window.told = [];
    window.sounds = 0;
  });
  const waiting = await ana.page.locator(".waiting b").textContent();
  await simulator.asks(await simulator.customer("Quin Quiet"));
  await expect(ana.page.locator(".waiting b")).not.toHaveText(waiting ?? "");
  expect(await heard()).toEqual({ told: [], sounded: false });
});

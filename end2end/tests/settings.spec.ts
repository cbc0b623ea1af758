import AxeBuilder from "@axe-core/playwright";
import type { Page } from "@playwright/test";
import { expect, test } from "../support/fixtures";

async function open(page: Page, url: string): Promise<void> {
  await page.goto(`${url}/manage/live-chat`);
  await expect(page.locator("body")).toHaveAttribute("data-hydrated", "true");
  await expect(page.getByRole("region", { name: "Handling" })).toBeVisible();
}

const bar = (page: Page) => page.getByRole("region", { name: "Unsaved changes" });

async function save(page: Page): Promise<void> {
  await bar(page).getByRole("button", { name: "Save" }).click();
  await expect(bar(page)).toBeHidden();
}

// Others use the same Baton afterwards: as it was.
test.afterEach(async ({ sit, baton }) => {
  const { page } = await sit("Olivia");
  const call = async (name: string, data: unknown) => {
    const answer = await page.request.post(`${baton.url}/api/${name}`, { data, headers: { origin: baton.url } });
    expect(answer.ok(), await answer.text()).toBe(true);
    return answer.json();
  };
  await call("change_settings", { before: await call("read_settings", {}), after: {} });
});

test("what asks for a person is tried, and hours and messages are saved together and hold at once", async ({ sit, simulator, allow }) => {
  // The time zone that is none.
  allow(/422/);
  const { page, url } = await sit("Olivia");
  await open(page, url);
  await expect(bar(page)).toBeHidden();
  const asking = page.getByRole("region", { name: "Asking for a person" });
  const trial = asking.getByLabel("Try it: what a customer might write");
  const verdict = asking.getByRole("status");
  await trial.fill("I need the CAPTAIN!");
  await expect(verdict).toHaveText("No: the bot answers this itself.");
  await asking.getByLabel("Words and phrases").fill("captain\nagent");
  await expect(verdict).toHaveText("Yes: “captain” asks for a person.");
  await trial.fill("请转人工");
  await expect(verdict).toHaveText("No: the bot answers this itself.");

  const hours = page.getByRole("region", { name: "Business hours" });
  await hours.getByRole("switch").check();
  await hours.getByLabel("Time zone").fill("Europe/Nowhere");
  await expect(hours.getByRole("alert").filter({ hasText: "“Europe/Nowhere” is not a time zone." })).toBeVisible();
  await hours.getByLabel("Time zone").fill("Asia/Kolkata");
  const days = ["Monday", "Tuesday", "Wednesday", "Thursday", "Friday"];
  for (const day of days) {
    await hours.getByRole("group", { name: day, exact: true }).getByRole("button", { name: /^Remove/ }).click();
  }
  await expect(hours.getByRole("status")).toHaveText("Closed, and never open within a year.");
  // A time that ends where it begins is told beside its day.
  const sunday = hours.getByRole("group", { name: "Sunday", exact: true });
  await sunday.getByRole("button", { name: "Add times on Sunday" }).click();
  await sunday.getByLabel("Sunday until").fill("09:00");
  await page.getByRole("switch", { name: "Away message" }).check();
  const away = page.getByRole("group", { name: "Away message" });
  await away.getByLabel("Text").fill("We are out, {first_name}. Back ");
  await away.getByRole("button", { name: "{opens}", exact: true }).click();
  await expect(away.getByLabel("Preview")).toHaveText("We are out, Maria. Back tomorrow at 09:00");
  await bar(page).getByRole("button", { name: "Save" }).click();
  await expect(sunday.getByRole("alert")).toHaveText("Sunday: a time begins and ends at different minutes.");
  await expect(bar(page).getByRole("status")).toHaveText("Sunday: a time begins and ends at different minutes.");
  await sunday.getByRole("button", { name: /^Remove/ }).click();
  await save(page);

  const who = await simulator.customer("Cora Captain");
  await simulator.write(who, "Hello");
  await simulator.hears(who, "What can I do for you?");
  await simulator.write(who, "the captain please");
  await simulator.hears(who, "We are out, Cora. Back as soon as somebody is back");
  await page.goto(`${url}/manage/audit`);
  const entry = page.locator(".entry").filter({ hasText: "changed settings" }).first();
  await expect(entry).toContainText("asking for a person: added “captain”");
  await expect(entry).toContainText("Monday, 09:00–18:00 → closed");
  await expect(entry).toContainText("away message: off → on");
});

test("who waits long is told so, once", async ({ sit, simulator }) => {
  const { page, url } = await sit("Olivia");
  await open(page, url);
  await page.getByRole("switch", { name: "Delayed message" }).check();
  const card = page.getByRole("group", { name: "Delayed message" });
  await card.getByLabel(/^After/).fill("0");
  await card.getByLabel("Text").fill("Still here, {first_name}.");
  await bar(page).getByRole("button", { name: "Save" }).click();
  await expect(card.getByRole("alert").first()).toHaveText("After a long wait: between a minute and 12 hours.");
  await card.getByLabel(/^After/).fill("5");
  await save(page);
  const who = await simulator.customer("Petra Patient");
  await simulator.asks(who);
  const desk = await sit("Ana");
  await desk.tab("Requested").click();
  await expect(desk.row(who)).toBeVisible();
  await simulator.forward(301);
  await simulator.hears(who, "Still here, Petra.");
  await simulator.forward(301);
  await simulator.write(who, "hello?");
  await desk.open(who);
  await expect(desk.bubble("hello?")).toBeVisible();
  await expect(desk.bubble("Still here, Petra.")).toHaveCount(1);
});

test("unsaved changes are asked about, and another's are shown beside them", async ({ sit }) => {
  const [olivia, marco] = [await sit("Olivia"), await sit("Marco")];
  await open(olivia.page, olivia.url);
  await open(marco.page, marco.url);
  const accept = (page: Page) => page.getByLabel("Accept within (seconds)");
  const back = (page: Page) => page.getByLabel("Give back after (minutes)");
  await accept(marco.page).fill("90");
  await save(marco.page);
  await expect(accept(olivia.page), "nothing was changed here: theirs is shown").toHaveValue("90");
  await expect(bar(olivia.page)).toBeHidden();

  // Each changes something else, and both the same.
  await accept(olivia.page).fill("45");
  await accept(marco.page).fill("60");
  await back(marco.page).fill("9");
  await save(marco.page);
  await expect(back(olivia.page)).toHaveValue("9");
  await expect(accept(olivia.page), "mine is not overwritten").toHaveValue("45");
  const clash = bar(olivia.page).getByRole("listitem");
  await expect(clash).toContainText("Theirs: accept within, 90 → 60 seconds");
  await expect(bar(olivia.page).getByRole("button", { name: "Save" })).toBeDisabled();
  await clash.getByRole("button", { name: "Keep mine" }).click();

  await olivia.page.getByRole("link", { name: "Tags" }).click();
  const leave = olivia.page.getByRole("dialog", { name: "Leave without saving?" });
  await leave.getByRole("button", { name: "Stay" }).click();
  await expect(leave).toBeHidden();
  await expect(accept(olivia.page)).toHaveValue("45");
  // The browser asks, too.
  const asked = new Promise<string>((resolve) => {
    olivia.page.once("dialog", (dialog) => void dialog.dismiss().then(() => resolve(dialog.type())));
  });
  await olivia.page.evaluate(() => void setTimeout(() => location.reload()));
  expect(await asked).toBe("beforeunload");
  await olivia.page.getByRole("link", { name: "Tags" }).click();
  await leave.getByRole("button", { name: "Save and leave" }).click();
  await expect(olivia.page.getByRole("heading", { name: "Tags", exact: true })).toBeVisible();
  await expect(accept(marco.page)).toHaveValue("45");

  await accept(marco.page).fill("100");
  await bar(marco.page).getByRole("button", { name: "Discard" }).click();
  await expect(accept(marco.page)).toHaveValue("45");
  // By the browser's buttons, too, nothing is lost.
  await marco.page.getByRole("link", { name: "Tags" }).click();
  await marco.page.getByRole("link", { name: "Live chat", exact: true }).click();
  await accept(marco.page).fill("100");
  await marco.page.goBack();
  await expect(marco.page.getByRole("heading", { name: "Tags", exact: true })).toBeVisible();
  await marco.page.goForward();
  await expect(accept(marco.page)).toHaveValue("100");
  await bar(marco.page).getByRole("button", { name: "Discard" }).click();
});

test("whoever watches loses the thread at once when an Owner switches watching off", async ({ sit, simulator }) => {
  const [ana, marco, olivia] = [await sit("Ana"), await sit("Marco"), await sit("Olivia")];
  const who = await simulator.customer("Wes Watchless");
  await ana.take(simulator, who);
  await simulator.write(who, "the code is marzipan");
  await expect(ana.bubble("marzipan")).toBeVisible();
  const chat = await ana.row(who).getAttribute("data-chat");
  await marco.goto("intervened");
  await marco.page.locator(`a.held[data-chat="${chat}"]`).click();
  await marco.page.getByRole("button", { name: "Watch" }).click();
  await expect(marco.bubble("marzipan")).toBeVisible();

  await open(olivia.page, olivia.url);
  await olivia.page.getByRole("switch", { name: /^Supervisors may watch/ }).uncheck();
  await save(olivia.page);
  await expect(marco.log).toHaveCount(0);
  await expect(marco.page.getByRole("heading", { name: /^With Ana/ })).toBeVisible();
  await expect(marco.page.getByRole("button", { name: "Take over" })).toBeVisible();
  await expect(marco.page.getByRole("button", { name: "Watch" })).toHaveCount(0);
  const nothing = async () => expect(await marco.page.content()).not.toMatch(/marzipan|Watchless/);
  await nothing();
  await simulator.write(who, "and cinnamon marzipan");
  await expect(ana.bubble("cinnamon marzipan")).toBeVisible();
  await nothing();
  await ana.resolve();
});

test("agents have no settings", async ({ sit }) => {
  const { page, url } = await sit("Ana");
  await page.goto(`${url}/manage/live-chat`);
  await expect(page.getByText("There is no such page, or it is not for you to open.")).toBeVisible();
  await expect(page.getByRole("link", { name: "Live chat", exact: true })).toHaveCount(0);
});

for (const colorScheme of ["light", "dark"] as const) {
  test(`the page is readable and fits a phone, ${colorScheme}`, async ({ sit }) => {
    const { page, url } = await sit("Olivia", { colorScheme });
    await open(page, url);
    for (const name of ["People answer at certain hours", "Welcome message", "Away message", "Delayed message"]) {
      await page.getByRole("switch", { name }).check();
    }
    await page.getByRole("button", { name: "Add a holiday" }).click();
    await page.getByLabel("Name", { exact: true }).fill("Christmas");
    await expect(bar(page)).toBeVisible();
    const tags = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"];
    const found = await new AxeBuilder({ page }).withTags(tags).analyze();
    const told = found.violations.map(({ id, nodes }) => `${id}: ${nodes.map((node) => node.html).join(" | ")}`);
    expect(told).toEqual([]);
    await page.setViewportSize({ width: 390, height: 844 });
    const wider = await page.locator(".manage > main").evaluate((main) => main.scrollWidth - main.clientWidth);
    expect(wider, "nothing is wider than the phone").toBeLessThanOrEqual(0);
    await bar(page).getByRole("button", { name: "Discard" }).click();
  });
}

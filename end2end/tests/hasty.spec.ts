import { expect, test } from "../support/fixtures";

// Who works all day is faster than the network.

test("Take next pressed twice, held down, or before what is typed next takes one customer", async ({ sit, simulator }) => {
  const ana = await sit("Ana");
  const names = ["Nils One", "Nora Two", "Nele Three", "Nick Four"];
  const waiting = await Promise.all(names.map((name) => simulator.customer(name)));
  for (const who of waiting) await simulator.asks(who);
  await expect(ana.page).toHaveTitle(/^\([4-9]\d*\) Baton$/);
  let asked = 0;
  ana.page.on("request", (request) => (asked += request.url().endsWith("/api/take_next") ? 1 : 0));
  const go = await ana.hold("take_next");
  const first = ana.page.waitForRequest("**/api/take_next");
  await ana.page.locator("body").press("n");
  await first;
  await ana.page.keyboard.type("nine nice news");
  await ana.page.getByRole("button", { name: /^Take next/ }).dblclick();
  go();
  await expect(ana.composer).toBeFocused();
  expect(asked).toBe(1);
  await expect(ana.page.getByRole("dialog")).toHaveCount(0);
  await ana.page.unroute("**/api/take_next");
  await ana.leave();
  // Held down, a key repeats.
  await ana.page.keyboard.down("n");
  await ana.page.keyboard.down("n");
  await ana.page.keyboard.up("n");
  await expect(ana.composer).toBeFocused();
  expect(asked).toBe(2);
});

test("G before the profile has come opens the list of tags with it, and what is typed meanwhile commands nothing", async ({ sit, simulator }) => {
  const ana = await sit("Ana");
  const [who, other] = [await simulator.customer("Gerda Guess"), await simulator.customer("Otis Other")];
  await simulator.write(other, "Hello");
  await simulator.hears(other, "What can I do for you?");
  await ana.take(simulator, who);
  const chat = await ana.row(who).getAttribute("data-chat");
  await ana.leave();
  await ana.tab("Active").click();
  await ana.open(other);
  const go = await ana.hold("open_profile");
  await ana.page.goto(`${ana.url}/chats/active`);
  await ana.live();
  await ana.tab("Intervened").click();
  await ana.page.locator(`a.row[data-chat="${chat}"]`).click();
  await expect(ana.log).toBeVisible();
  await ana.page.locator("body").press("g");
  await ana.page.keyboard.type("en");
  await expect(ana.page.getByRole("dialog")).toHaveCount(0);
  go();
  await expect(ana.page.getByRole("combobox", { name: "Search tags" })).toBeFocused();
});

test("what is typed without a connection is there when it is back, also after another chat; what could not be opened opens", async ({ sit, simulator, allow }) => {
  allow(/Failed to load resource|ERR_INTERNET_DISCONNECTED|WebSocket/);
  const ana = await sit("Ana");
  const [one, two] = [await simulator.customer("Ona One"), await simulator.customer("Tora Two")];
  for (const who of [two, one]) await ana.take(simulator, who);
  await ana.context.setOffline(true);
  await ana.composer.fill("Your parcel is");
  await ana.row(two).click();
  await expect(ana.page.getByText("No connection to the server.").first()).toBeVisible();
  await ana.context.setOffline(false);
  await ana.live();
  await expect(ana.page.getByRole("heading", { level: 1 })).toHaveText("Tora Two");
  await ana.open(one);
  await expect(ana.composer).toHaveValue("Your parcel is");
  // And the server has it by then, or soon.
  await ana.composer.press("End");
  await ana.page.waitForFunction(() => document.querySelector(".frame")?.getAttribute("data-live") === "live");
  await expect
    .poll(async () => {
      const chat = await ana.row(one).getAttribute("data-chat");
      return ((await (await ana.call("open_chat", { chat })).json()) as { draft: string }).draft;
    })
    .toBe("Your parcel is");
});

test("a chat is passed on by keyboard alone, and the search is typed over", async ({ sit, simulator }) => {
  const [ana, ben] = [await sit("Ana"), await sit("Ben")];
  const who = await simulator.customer("Pavel Passed");
  await ana.take(simulator, who);
  await ana.leave();
  await ana.page.keyboard.press("t");
  const dialog = ana.page.getByRole("dialog", { name: "Pass this chat on" });
  await expect(dialog.getByRole("radio", { name: /^∗?\s*Everyone/ })).toBeFocused();
  await expect(dialog.getByRole("radio", { name: /Ben Okafor/ })).toBeVisible();
  while ((await dialog.getByRole("radio", { name: /Ben Okafor/ }).getAttribute("aria-checked")) !== "true") {
    await ana.page.keyboard.press("ArrowDown");
  }
  await ana.page.keyboard.press("Enter");
  await expect(dialog).toBeHidden();
  await expect(ben.page.getByText("Pavel Passed was passed to you")).toBeVisible();

  await ana.page.keyboard.press("Control+k");
  const box = ana.page.getByRole("combobox", { name: "Search people and messages" });
  await box.fill("pavel");
  await box.press("Escape");
  await ana.page.keyboard.press("Control+k");
  await expect(box).toHaveValue("pavel");
  await ana.page.keyboard.type("emma");
  await expect(box).toHaveValue("emma");
});

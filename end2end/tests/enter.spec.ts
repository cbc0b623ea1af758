import { expect, test } from "../support/fixtures";

const BROKEN = { status: 500, contentType: "application/json", body: '"Internal"' };

// Who knows what they want types it and presses Enter, whether or not the list has come.

test("Enter in a list of tags that is still to come gives the tag once it has come, unless other words are typed", async ({ sit, simulator, allow }) => {
  allow(/status of 500/);
  const ana = await sit("Ana");
  const who = await simulator.customer("Tess Typist");
  await ana.take(simulator, who);
  const search = ana.page.getByRole("combobox", { name: "Search tags" });
  const chips = ana.profile.locator(".tags .tag");
  const open = async () => {
    await ana.leave();
    const asked = ana.page.waitForRequest("**/api/tag_choices");
    await ana.page.keyboard.press("g");
    await asked;
  };

  let go = await ana.hold("tag_choices");
  await open();
  await search.fill("invo");
  await search.press("Enter");
  await search.fill("invoice");
  go();
  await expect(ana.page.getByRole("option", { name: "Invoice" })).toHaveAttribute("aria-selected", "true");
  await expect(chips).toHaveCount(0);
  await search.press("Escape");
  await ana.page.unroute("**/api/tag_choices");

  await ana.composer.focus();
  go = await ana.hold("tag_choices");
  await open();
  await search.fill("invoice");
  await search.press("Enter");
  await expect(ana.page.getByText("Loading …")).toBeVisible();
  go();
  await expect(chips).toHaveText("Invoice");
  await expect(search).toBeHidden();
  await ana.page.unroute("**/api/tag_choices");

  // What nobody saw is not taken off.
  await ana.composer.focus();
  go = await ana.hold("tag_choices");
  await open();
  await search.fill("invoice");
  await search.press("Enter");
  go();
  await expect(ana.page.getByRole("option", { name: "Invoice" })).toHaveAttribute("aria-checked", "true");
  await expect(chips).toHaveText("Invoice");
  await search.press("Escape");
  await ana.page.unroute("**/api/tag_choices");

  // A list that cannot come does not pretend to be on its way.
  await ana.composer.focus();
  await ana.page.route("**/api/tag_choices", (route) => route.fulfill(BROKEN));
  await open();
  await expect(search).toBeHidden();
  await expect(ana.page.locator(".toast")).toBeVisible();
  await ana.page.unroute("**/api/tag_choices");
  await ana.page.keyboard.press("g");
  await expect(ana.page.getByRole("option", { name: "Invoice" })).toBeVisible();
  await search.press("Escape");
  await ana.composer.focus();
  await ana.resolve();
});

test("Enter after a canned reply's code waits for the replies, and never sends the code", async ({ sit, simulator, baton, allow }) => {
  allow(/status of 500/);
  const ana = await sit("Ana");
  const who = await simulator.customer("Carl Canned");
  await ana.take(simulator, who);
  const manage = await ana.context.newPage();
  await manage.goto(`${baton.url}/manage/replies`);
  await expect(manage.locator("body")).toHaveAttribute("data-hydrated", "true");
  await manage.getByRole("button", { name: "New reply" }).click();
  await manage.getByRole("dialog").getByLabel("Short code").fill("early");
  await manage.getByRole("dialog").getByLabel("Text").fill("You are early, {first_name}.");
  await manage.getByRole("dialog").getByRole("button", { name: "Save" }).click();
  await expect(manage.getByRole("dialog")).toBeHidden();
  await manage.close();

  // They cannot be had just now: nothing pretends otherwise, and Enter asks again.
  await ana.page.route("**/api/list_replies", (route) => route.fulfill(BROKEN));
  await ana.page.reload();
  await ana.live();
  await ana.composer.fill("/early");
  await expect(ana.page.getByText("The canned replies could not be loaded. Enter tries again.")).toBeVisible();
  await ana.composer.press("Enter");
  await expect(ana.page.locator(".toast").first()).toContainText("Something went wrong on our side.");
  await expect(ana.composer).toHaveValue("/early");
  await ana.page.unroute("**/api/list_replies");
  await ana.composer.press("Enter");
  await expect(ana.composer).toHaveValue("You are early, Carl.");
  await ana.composer.fill("");

  const go = await ana.hold("list_replies");
  const asked = ana.page.waitForRequest("**/api/list_replies");
  await ana.page.reload();
  await ana.live();
  await asked;
  await ana.composer.fill("/early");
  await expect(ana.page.getByText("Loading the canned replies …")).toBeVisible();
  await ana.composer.press("Enter");
  await expect(ana.composer).toHaveValue("/early");
  go();
  await expect(ana.composer).toHaveValue("You are early, Carl.");
  await ana.composer.press("Enter");
  await simulator.hears(who, "You are early, Carl.");
  await expect(ana.bubble("/early")).toHaveCount(0);
  await ana.resolve();
});

test("Enter after an @ waits for the names, and saves a note that mentions nobody", async ({ sit, simulator, allow }) => {
  allow(/status of 500/);
  const ana = await sit("Ana");
  const who = await simulator.customer("Minna Mention");
  await simulator.write(who, "Hello");
  await simulator.hears(who, "What can I do for you?");
  await ana.open(who);
  await ana.page.getByRole("button", { name: /^Note/ }).click();
  const note = ana.page.getByRole("textbox", { name: "Note" });
  let go = await ana.hold("mentionable");
  await note.pressSequentially("for @mar");
  await note.press("Enter");
  await expect(note).toHaveValue("for @mar");
  go();
  await expect(note).toHaveValue(/^for @Marco \S+ $/);
  await note.press("Enter");
  await expect(note).toHaveValue("");
  await expect(ana.bubble("for @Marco")).toBeVisible();
  await ana.page.unroute("**/api/mentionable");

  await ana.page.reload();
  await ana.live();
  await ana.page.getByRole("button", { name: /^Note/ }).click();
  go = await ana.hold("mentionable");
  let saved = 0;
  await ana.page.route("**/api/send_message", (route) => {
    saved += 1;
    return route.continue();
  });
  const answered = ana.page.waitForResponse("**/api/mentionable");
  const kept = ana.page.waitForResponse("**/api/save_draft");
  await note.pressSequentially("one @nobody");
  await note.press("Enter");
  // Who turns to something else meanwhile saves nothing.
  await ana.log.focus();
  go();
  await answered;
  await kept;
  await ana.page.unroute("**/api/mentionable");
  await ana.page.route("**/api/mentionable", (route) => route.fulfill(BROKEN));
  await ana.page.reload();
  await ana.live();
  await ana.page.getByRole("button", { name: /^Note/ }).click();
  await expect(note).toHaveValue("one @nobody");
  await note.press("End");
  await note.pressSequentially(" @");
  await note.press("Enter");
  await expect(ana.page.locator(".toast").first()).toContainText("Something went wrong on our side.");
  await expect(note).toHaveValue("one @nobody @");
  expect(saved).toBe(0);
  await ana.page.unroute("**/api/mentionable");
  go = await ana.hold("mentionable");
  await note.pressSequentially("x");
  await note.press("Enter");
  await expect(note).toHaveValue("one @nobody @x");
  expect(saved).toBe(0);
  go();
  await expect(ana.bubble("one @nobody @x")).toBeVisible();
  expect(saved).toBe(1);
});

test("Enter in the search opens what is found for the words that stand there", async ({ sit, simulator }) => {
  const ana = await sit("Ana");
  const [first, second] = [await simulator.customer("Quirin Quick"), await simulator.customer("Quirina Later")];
  for (const who of [first, second]) {
    await simulator.write(who, "Hello");
    await simulator.hears(who, "What can I do for you?");
  }
  const found = await ana.find("quirin quick");
  await expect(found).toHaveText(/Quirin Quick/);
  const box = ana.page.getByRole("combobox", { name: "Search people and messages" });
  const go = await ana.hold("search");
  await box.fill("quirina later");
  await box.press("Enter");
  await expect(box).toBeVisible();
  await expect(found).toHaveText(/Quirin Quick/);
  go();
  await expect(ana.page.getByRole("heading", { level: 1 })).toHaveText("Quirina Later");
});

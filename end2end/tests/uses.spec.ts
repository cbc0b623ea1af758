import { expect, test, type Desk } from "../support/fixtures";
import type { Simulator } from "../support/simulator";
import { condition, open } from "../support/table";
import type { Locator, Page } from "@playwright/test";

async function manage(page: Page, url: string, what: "tags" | "attributes" | "replies" | "outcomes"): Promise<void> {
  await page.goto(`${url}/manage/${what}`);
  await expect(page.locator("body")).toHaveAttribute("data-hydrated", "true");
  await expect(page.getByText("Loading …")).toHaveCount(0);
}

async function segment(page: Page, name: string): Promise<void> {
  await page.getByRole("button", { name: "Save as segment" }).click();
  const dialog = page.getByRole("dialog", { name: "Save as segment" });
  await dialog.getByLabel("Name").fill(name);
  await dialog.getByRole("button", { name: "Save" }).click();
  await expect(dialog).toBeHidden();
}

/// Whom a segment finds now.
async function found(desk: Desk, name: string): Promise<Locator> {
  const grid = await open(desk.page, desk.url);
  const choice = desk.page.getByLabel("Segment", { exact: true });
  // One that asks for what is gone is marked.
  await choice.selectOption(await choice.locator("option", { hasText: name }).getAttribute("value"));
  await expect(desk.page.locator(".asked")).toHaveCount(1);
  await expect(grid).toHaveAttribute("aria-busy", "false");
  return grid.locator(".open");
}

async function submit(page: Page, dialog: string, button = "Save"): Promise<void> {
  await page.getByRole("dialog", { name: dialog }).getByRole("button", { name: button, exact: true }).click();
  await expect(page.getByRole("dialog", { name: dialog })).toBeHidden();
}

/// A category with two tags that rules give and one that agents give; the first is given by a rule, and by it to a
/// customer, and asked for by a segment.
async function season(olivia: Desk, marco: Desk, ana: Desk, simulator: Simulator, name: string): Promise<{ chips: Locator; rule: Locator }> {
  const { page } = olivia;
  const field = page.getByLabel("Name", { exact: true });
  await manage(page, olivia.url, "tags");
  await page.getByRole("button", { name: "New category" }).click();
  await field.fill(name);
  await field.press("Enter");
  const category = page.getByRole("region", { name });
  const [given, manual] = ["First Message: rules give it", "Manual: agents give it"];
  for (const [tag, kind] of [["early", given], ["late", given], ["always", manual]]) {
    await category.getByRole("button", { name: "New tag" }).click();
    await field.fill(`${name} ${tag}`);
    await page.getByLabel("Kind").selectOption({ label: kind });
    await submit(page, "New tag");
    await expect(category.getByText(`${name} ${tag}`, { exact: true })).toBeVisible();
  }
  await page.getByRole("button", { name: "New rule" }).click();
  await page.getByLabel("Words").fill(`in ${name}`);
  await page.getByLabel("Gives the tag").selectOption({ label: `${name} · ${name} early` });
  await submit(page, "New rule");
  const rule = page.getByRole("region", { name: "First Message rules" }).getByRole("listitem").filter({ hasText: `in ${name}` });
  await expect(rule).toContainText(`gives ${name} early`);

  const who = await simulator.customer(`Sue ${name}s`);
  await simulator.write(who, `a toboggan in ${name}`);
  await ana.open(who);
  const chips = ana.profile.locator(".tags .tag > span");
  await expect(chips).toHaveText(`${name} early`);
  await open(marco.page, marco.url);
  await condition(marco.page, "tag", async (dialog) => {
    await dialog.getByRole("combobox", { name: "Tag", exact: true }).selectOption({ label: `${name} · ${name} early` });
  });
  await segment(marco.page, `Of ${name}`);
  await expect(await found(marco, `Of ${name}`)).toHaveText([`Sue ${name}s`]);
  // What is about a tag is counted when the page is loaded.
  await manage(page, olivia.url, "tags");
  return { chips, rule };
}

test("what else is about a tag is said before it is merged, and comes true", async ({ sit, simulator }) => {
  const [ana, olivia, marco] = [await sit("Ana"), await sit("Olivia"), await sit("Marco")];
  const { page } = olivia;
  const { chips, rule } = await season(olivia, marco, ana, simulator, "Winter");
  await page.getByRole("button", { name: "Edit Winter early" }).click();
  await page.getByRole("button", { name: "Merge into another …" }).click();
  const dialog = page.getByRole("dialog", { name: "Merge “Winter early”" });
  await expect(dialog).toContainText("Whoever carries “Winter early” (1 contact) carries the other then. It cannot be undone.");
  const into = dialog.getByLabel("Into");
  const says = (words: string) => expect(dialog.getByText(words, { exact: true })).toBeVisible();
  // The rule goes along where the other tag is one that rules give; the segment in any case.
  await into.selectOption({ label: "Winter · Winter always" });
  await says("1 First Message rule gives it and is deleted with it; 1 segment asks for it and will ask for the other.");
  await into.selectOption({ label: "Winter · Winter late" });
  await says("1 First Message rule gives it and will give the other; 1 segment asks for it and will ask for the other.");
  await expect(chips).toHaveText("Winter early");
  await submit(page, "Merge “Winter early”", "Merge");
  await expect(chips).toHaveText("Winter late");
  await expect(page.getByRole("button", { name: "Edit Winter early" })).toHaveCount(0);
  await expect(rule).toContainText("gives Winter late");
  await expect(await found(marco, "Of Winter")).toHaveText(["Sue Winters"]);
  await expect(marco.page.locator(".asked")).toContainText("Winter late");
});

test("what else is about a tag is said before it is deleted, with another in its place or none, and comes true", async ({ sit, simulator }) => {
  const [ana, olivia, marco] = [await sit("Ana"), await sit("Olivia"), await sit("Marco")];
  const { page } = olivia;
  const { chips, rule } = await season(olivia, marco, ana, simulator, "Summer");
  const remove = async (tag: string) => {
    await page.getByRole("button", { name: `Edit ${tag}` }).click();
    await page.getByRole("button", { name: "Delete …" }).click();
    const dialog = page.getByRole("dialog", { name: `Delete “${tag}”?` });
    await expect(dialog).toContainText("On 1 contact. What becomes of them?");
    return { dialog, says: (words: string) => expect(dialog.getByText(words, { exact: true })).toBeVisible() };
  };
  const early = await remove("Summer early");
  await early.says("1 First Message rule gives it and is deleted with it; 1 segment asks for it and will find nobody by it.");
  await early.dialog.getByRole("radio", { name: "They get another tag" }).check();
  const which = early.dialog.getByLabel("Which");
  await which.selectOption({ label: "Summer · Summer late" });
  await early.says("1 First Message rule gives it and will give the other; 1 segment asks for it and will ask for the other.");
  await which.selectOption({ label: "Summer · Summer always" });
  await early.says("1 First Message rule gives it and is deleted with it; 1 segment asks for it and will ask for the other.");
  await expect(chips).toHaveText("Summer early");
  await submit(page, "Delete “Summer early”?", "Delete");
  await expect(chips).toHaveText("Summer always");
  await expect(rule).toHaveCount(0);
  await expect(await found(marco, "Of Summer")).toHaveText(["Sue Summers"]);

  await manage(page, olivia.url, "tags");
  const always = await remove("Summer always");
  await always.says("1 segment asks for it and will find nobody by it.");
  await always.dialog.getByRole("radio", { name: "It is taken off" }).check();
  await submit(page, "Delete “Summer always”?", "Delete");
  await expect(chips).toHaveCount(0);
  await expect(await found(marco, "Of Summer")).toHaveCount(0);
  await expect(marco.page.getByText("A condition is about a tag or attribute that is gone or archived, and holds for nobody.")).toBeVisible();
});

test("what else is about an attribute is said before it is deleted; archived it keeps its values", async ({ sit, simulator }) => {
  const [ana, olivia, marco] = [await sit("Ana"), await sit("Olivia"), await sit("Marco")];
  const { page } = olivia;
  const create = async () => {
    await page.getByRole("button", { name: "New attribute" }).click();
    const form = page.getByRole("dialog", { name: "New attribute" });
    await form.getByLabel("Name").fill("Shoe size");
    await form.getByRole("button", { name: "Save" }).click();
    await expect(form).toBeHidden();
  };
  await manage(page, olivia.url, "attributes");
  await create();
  const defined = page.getByRole("list", { name: "Attributes", exact: true }).locator('[data-attribute="Shoe size"]');
  const archived = page.getByRole("list", { name: "Archived attributes" }).locator('[data-attribute="Shoe size"]');
  const dialog = page.getByRole("dialog", { name: "Delete an attribute" });
  await expect(defined).toContainText("no contact has one");

  const who = await simulator.customer("Sheila Shod");
  await ana.take(simulator, who);
  await ana.set("Shoe size", "forty-two");
  await manage(marco.page, marco.url, "replies");
  await marco.page.getByRole("button", { name: "New reply" }).click();
  const reply = marco.page.getByRole("dialog");
  await reply.getByLabel("Short code").fill("fits");
  await reply.getByLabel("Text").fill("We have it in ");
  await reply.getByRole("button", { name: "{shoe_size}" }).click();
  await reply.getByRole("button", { name: "Save" }).click();
  await expect(reply).toBeHidden();
  await open(marco.page, marco.url);
  await marco.page.getByRole("button", { name: "+ Condition" }).first().click();
  const asked = marco.page.getByRole("dialog", { name: "Add a condition" });
  await asked.getByLabel("Ask about").selectOption({ label: "Shoe size" });
  await asked.getByLabel("Words").fill("forty");
  await asked.getByRole("button", { name: "Apply" }).click();
  await segment(marco.page, "Large feet");
  // Ana's chat is out of a supervisor's sight as long as she holds it.
  await ana.resolve();
  await expect(await found(marco, "Large feet")).toHaveText(["Sheila Shod"]);

  await page.reload();
  await expect(defined).toContainText("one contact");
  await page.getByRole("button", { name: "Delete Shoe size" }).click();
  await expect(dialog.locator("p").first()).toHaveText("One contact has a value for “Shoe size”.");
  const also = "1 segment asks for it and will find nobody by it; 1 canned reply has a blank for it that nothing will fill.";
  await expect(dialog.getByText(also, { exact: true })).toBeVisible();
  await expect(dialog.getByRole("button", { name: "Delete", exact: true })).toHaveCount(0);

  await dialog.getByRole("button", { name: "Archive instead" }).click();
  await expect(ana.field("Shoe size")).toHaveCount(0);
  await expect(archived).toContainText("one contact");
  await expect(await found(marco, "Large feet")).toHaveCount(0);
  await page.getByRole("button", { name: "Restore Shoe size" }).click();
  await expect(ana.field("Shoe size")).toContainText("forty-two");
  await expect(await found(marco, "Large feet")).toHaveText(["Sheila Shod"]);

  await page.reload();
  await expect(defined).toContainText("one contact");
  await page.getByRole("button", { name: "Delete Shoe size" }).click();
  await dialog.getByRole("button", { name: "Delete with its values" }).click();
  await expect(ana.field("Shoe size")).toHaveCount(0);
  await expect(defined).toHaveCount(0);
  await expect(archived).toHaveCount(0);
  await expect(await found(marco, "Large feet")).toHaveCount(0);
  // Another of its name begins with nothing.
  await create();
  await expect(ana.field("Shoe size").getByRole("button", { name: "Add Shoe size" })).toBeVisible();
  await page.getByRole("button", { name: "Delete Shoe size" }).click();
  await expect(dialog.locator("p").first()).toHaveText("No contact has a value for “Shoe size”.");
  await dialog.getByRole("button", { name: "Delete", exact: true }).click();
  await expect(defined).toHaveCount(0);
});

test("an option that a customer has leaves its list with an answer to what becomes of it", async ({ sit, simulator }) => {
  const [ana, olivia] = [await sit("Ana"), await sit("Olivia")];
  const { page } = olivia;
  await manage(page, olivia.url, "attributes");
  await page.getByRole("button", { name: "New attribute" }).click();
  const made = page.getByRole("dialog", { name: "New attribute" });
  await made.getByLabel("Name").fill("Metal");
  await made.getByLabel("Kind").selectOption({ label: "One of a list" });
  await made.getByLabel("Options, one a line").fill("Gold\nSilver");
  await made.getByRole("button", { name: "Save" }).click();
  await expect(made).toBeHidden();
  const who = await simulator.customer("Midas Metal");
  await simulator.write(who, "hello");
  await ana.open(who);
  await ana.field("Metal").getByRole("button", { name: "Add Metal" }).click();
  await ana.field("Metal").getByRole("combobox").selectOption("Gold");
  await ana.field("Metal").getByRole("combobox").press("Enter");
  await expect(ana.field("Metal").getByRole("button", { name: "Metal: Gold", exact: true })).toBeVisible();

  await page.getByRole("button", { name: "Edit Metal" }).click();
  const form = page.getByRole("dialog", { name: "Edit Metal" });
  await form.getByLabel("Options, one a line").fill("Silver\nTin");
  await form.getByRole("button", { name: "Save" }).click();
  await expect(form.getByRole("alert").first()).toContainText("“Gold” goes off the list, and one contact has it.");
  await expect(ana.field("Metal").getByRole("button", { name: "Metal: Gold", exact: true })).toBeVisible();
  await form.getByLabel("These values").selectOption({ label: "become “Tin”" });
  await form.getByRole("button", { name: "Save" }).click();
  await expect(form).toBeHidden();
  await expect(ana.field("Metal").getByRole("button", { name: "Metal: Tin", exact: true })).toBeVisible();
  await expect(ana.profile).toContainText("Olivia Hart set Metal: Gold → Tin");
  await page.getByRole("button", { name: "Delete Metal" }).click();
  await page.getByRole("dialog", { name: "Delete an attribute" }).getByRole("button", { name: "Delete with its values" }).click();
  await expect(ana.profile).toContainText("set Metal: Tin → nothing");
});

test("what stops with an archived tag is said before, and comes true until it is restored; a rule is asked about", async ({ sit, simulator }) => {
  const [ana, olivia, marco] = [await sit("Ana"), await sit("Olivia"), await sit("Marco")];
  const { page } = olivia;
  const { chips, rule } = await season(olivia, marco, ana, simulator, "Autumn");
  const archive = page.getByRole("dialog", { name: "Archive “Autumn early”?" });
  const ask = async () => {
    await page.getByRole("button", { name: "Edit Autumn early" }).click();
    await page.getByRole("button", { name: "Archive …" }).click();
    const stops = "1 First Message rule gives it and stops; 1 segment asks for it and will find nobody by it.";
    await expect(archive.getByText(stops, { exact: true })).toBeVisible();
  };
  await ask();
  await archive.getByRole("button", { name: "Cancel" }).click();
  await expect(archive).toBeHidden();
  await expect(await found(marco, "Of Autumn")).toHaveText(["Sue Autumns"]);
  await expect(rule).not.toContainText("(archived)");
  await ask();
  await submit(page, "Archive “Autumn early”?", "Archive");
  await expect(rule).toContainText("(archived)");
  await expect(await found(marco, "Of Autumn")).toHaveCount(0);
  await expect(chips).toHaveText("Autumn early");
  await page.getByRole("button", { name: "Edit Autumn early" }).click();
  await page.getByRole("dialog", { name: "Edit the tag" }).getByRole("button", { name: "Restore" }).click();
  await expect(rule).not.toContainText("(archived)");
  await expect(await found(marco, "Of Autumn")).toHaveText(["Sue Autumns"]);

  const question = page.getByRole("dialog", { name: "Delete the rule?" });
  await rule.getByRole("button", { name: /^Delete/ }).click();
  await expect(question).toContainText("When the first message's text contains “in Autumn” gives “Autumn early”.");
  await question.getByRole("button", { name: "Cancel" }).click();
  await expect(question).toBeHidden();
  await expect(rule).toBeVisible();
  await rule.getByRole("button", { name: /^Delete/ }).click();
  await submit(page, "Delete the rule?", "Delete");
  await expect(rule).toHaveCount(0);
  await expect(chips).toHaveText("Autumn early");
});

test("what stops with an archived attribute is said before", async ({ sit }) => {
  const [olivia, marco] = [await sit("Olivia"), await sit("Marco")];
  const { page } = olivia;
  await manage(page, olivia.url, "attributes");
  await page.getByRole("button", { name: "New attribute" }).click();
  const form = page.getByRole("dialog", { name: "New attribute" });
  await form.getByLabel("Name").fill("Hat size");
  await form.getByRole("button", { name: "Save" }).click();
  await expect(form).toBeHidden();
  const defined = page.getByRole("list", { name: "Attributes", exact: true }).locator('[data-attribute="Hat size"]');
  const archived = page.getByRole("list", { name: "Archived attributes" }).locator('[data-attribute="Hat size"]');
  await expect(defined).toBeVisible();
  await open(marco.page, marco.url);
  await condition(marco.page, "Hat size", async (dialog) => {
    await dialog.getByLabel("Words").fill("large");
  });
  await segment(marco.page, "Large heads");

  // What is about it is counted when the page is loaded.
  await manage(page, olivia.url, "attributes");
  const dialog = page.getByRole("dialog", { name: "Archive an attribute" });
  const ask = async () => {
    await defined.getByRole("button", { name: "Archive Hat size" }).click();
    await expect(dialog).toContainText("“Hat size” leaves the profiles and keeps its values.");
    await expect(dialog.getByText("1 segment asks for it and will find nobody by it.", { exact: true })).toBeVisible();
  };
  await ask();
  await dialog.getByRole("button", { name: "Cancel" }).click();
  await expect(dialog).toBeHidden();
  await expect(defined).toBeVisible();
  await ask();
  await dialog.getByRole("button", { name: "Archive", exact: true }).click();
  await expect(archived).toBeVisible();
  await expect(defined).toHaveCount(0);
  await archived.getByRole("button", { name: "Delete Hat size" }).click();
  await page.getByRole("dialog", { name: "Delete an attribute" }).getByRole("button", { name: "Delete", exact: true }).click();
  await expect(archived).toHaveCount(0);
});

test("what is typed as an outcome's new name outlives what others define meanwhile", async ({ sit, allow }) => {
  // The name that is taken.
  allow(/422/);
  const [olivia, marco] = [await sit("Olivia"), await sit("Marco")];
  const { page } = olivia;
  await manage(page, olivia.url, "outcomes");
  const list = page.getByRole("list", { name: "Outcomes", exact: true });
  await page.getByLabel("New outcome").fill("Exchanged");
  await page.getByRole("button", { name: "Add" }).click();
  await expect(list.getByRole("listitem").last()).toContainText("Exchanged");
  await list.getByRole("button", { name: "Rename Exchanged" }).click();
  const input = list.getByRole("textbox", { name: "New name of Exchanged" });
  await expect(input).toBeFocused();
  await input.fill("solved");
  const define = async (name: string, data: object) => {
    const answer = await marco.call(name, data);
    expect(answer.ok(), await answer.text()).toBe(true);
  };
  await define("save_reply", { id: null, code: "mine", text: "Only Marco sees this.", own: true });
  await define("create_outcome", { name: "Repaired" });
  await expect(list.getByRole("listitem").last()).toContainText("Repaired");
  await expect(input).toHaveValue("solved");
  await expect(input).toBeFocused();
  // Nor is it lost where it is refused.
  await input.press("Enter");
  await expect(page.getByText("There is an outcome “solved” already.")).toBeVisible();
  await expect(input).toHaveValue("solved");
  await input.fill("Swapped");
  await input.press("Enter");
  await expect(list.locator('[data-outcome="Swapped"]')).toBeVisible();
  await expect(list.getByRole("textbox")).toHaveCount(0);
  for (const name of ["Swapped", "Repaired"]) {
    await list.getByRole("button", { name: `Archive ${name}` }).click();
    await expect(list.locator(`[data-outcome="${name}"]`)).toHaveCount(0);
  }
});

test("a list that cannot be loaded stays where it was loaded before, says so, and is tried again", async ({ sit, allow }) => {
  allow(/status of 500/);
  const [olivia, marco] = [await sit("Olivia"), await sit("Marco")];
  const { page } = olivia;
  await manage(page, olivia.url, "outcomes");
  const list = page.getByRole("list", { name: "Outcomes", exact: true });
  const solved = list.locator('[data-outcome="Solved"]');
  await expect(solved).toBeVisible();
  const fail = () =>
    page.route("**/api/list_outcomes", (route) => route.fulfill({ status: 500, contentType: "application/json", body: '"Internal"' }));
  await fail();
  const answer = await marco.call("create_outcome", { name: "Unheard" });
  expect(answer.ok(), await answer.text()).toBe(true);
  const stale = page.getByText("This may have changed since it was loaded.");
  await expect(stale).toBeVisible();
  await expect(solved).toBeVisible();
  await expect(list.locator('[data-outcome="Unheard"]')).toHaveCount(0);
  await page.unroute("**/api/list_outcomes");
  await page.getByRole("button", { name: "Try again" }).click();
  await expect(list.locator('[data-outcome="Unheard"]')).toBeVisible();
  await expect(stale).toHaveCount(0);
  await list.getByRole("button", { name: "Archive Unheard" }).click();
  await expect(list.locator('[data-outcome="Unheard"]')).toHaveCount(0);

  // Where nothing was there yet.
  await fail();
  await page.reload();
  await expect(page.getByRole("alert").filter({ hasText: "Something went wrong on our side." })).toBeVisible();
  await expect(solved).toHaveCount(0);
  await page.unroute("**/api/list_outcomes");
  await page.getByRole("button", { name: "Try again" }).click();
  await expect(solved).toBeVisible();
  await expect(page.getByText("Something went wrong on our side.")).toHaveCount(0);
});

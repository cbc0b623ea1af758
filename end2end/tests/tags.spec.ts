import { expect, test } from "../support/fixtures";
import type { Page } from "@playwright/test";

async function manage(page: Page, url: string): Promise<void> {
  await page.goto(`${url}/manage/tags`);
  await expect(page.locator("body")).toHaveAttribute("data-hydrated", "true");
  await expect(page.getByRole("heading", { name: "Tags", exact: true })).toBeVisible();
}

async function submit(page: Page, dialog: string, button = "Save"): Promise<void> {
  await page.getByRole("dialog", { name: dialog }).getByRole("button", { name: button, exact: true }).click();
  await expect(page.getByRole("dialog", { name: dialog })).toBeHidden();
}

test("a tag made in Manage appears in an open picker, and is given and taken by keyboard", async ({ sit, simulator }) => {
  const [ana, olivia] = [await sit("Ana"), await sit("Olivia")];
  const who = await simulator.customer("Tess Tagged");
  await ana.take(simulator, who);
  await ana.composer.press("Escape");
  await ana.page.keyboard.press("g");
  const search = ana.page.getByRole("combobox", { name: "Search tags" });
  await expect(search).toBeFocused();
  await search.fill("garden");
  await expect(ana.page.getByText("No tag of this name.")).toBeVisible();

  await manage(olivia.page, olivia.url);
  await olivia.page.getByRole("button", { name: "New category" }).click();
  await olivia.page.getByLabel("Name", { exact: true }).fill("Hobby");
  await olivia.page.getByLabel("Name", { exact: true }).press("Enter");
  const hobby = olivia.page.getByRole("region", { name: "Hobby" });
  for (const name of ["Garden tools", "Garden plants"]) {
    await hobby.getByRole("button", { name: "New tag" }).click();
    await olivia.page.getByLabel("Name", { exact: true }).fill(name);
    await olivia.page.getByRole("radio", { name: "green" }).check();
    await submit(olivia.page, "New tag");
    await expect(hobby.getByText(name)).toBeVisible();
  }

  // Ana's list grows while she looks at it, and her words stay.
  await expect(ana.page.getByRole("listbox").getByRole("option")).toHaveText(["Garden tools", "Garden plants"]);
  await expect(ana.page.getByRole("listbox").locator(".group")).toHaveText(["Hobby"]);
  await expect(search).toHaveValue("garden");
  await search.press("ArrowDown");
  await expect(ana.page.getByRole("option", { name: "Garden plants" })).toHaveAttribute("aria-selected", "true");
  await search.press("Enter");
  const panel = ana.page.getByRole("complementary", { name: "Profile" });
  const chip = panel.locator(".tags .tag");
  await expect(chip).toHaveText("Garden plants");
  await expect(chip).toHaveAttribute("data-about", /^Hobby · given by Ana Silva, today, /);
  await expect(panel.getByText("Ana Silva gave the tag Hobby · Garden plants")).toBeVisible();
  await expect(hobby.getByRole("listitem").filter({ hasText: "Garden plants" })).toBeVisible();

  // Escape leaves the list and not the chat.
  await ana.page.keyboard.press("g");
  await search.press("Escape");
  await expect(search).toBeHidden();
  await expect(ana.log).toBeVisible();

  // Merged by a supervisor: the open profile follows.
  await olivia.page.getByRole("button", { name: "Edit Garden plants" }).click();
  await olivia.page.getByRole("button", { name: "Merge into another …" }).click();
  await olivia.page.getByLabel("Into").selectOption({ label: "Hobby · Garden tools" });
  await submit(olivia.page, "Merge “Garden plants”", "Merge");
  await expect(chip).toHaveText("Garden tools");
  const add = panel.getByRole("button", { name: /^Add tag/ });
  await expect(add).toBeFocused();
  // The list that gives a tag takes it off as well.
  for (const [given, after] of [["true", 0], ["false", 1]] as const) {
    await ana.page.keyboard.press("g");
    await search.fill("tools");
    await expect(ana.page.getByRole("option", { name: "Garden tools" })).toHaveAttribute("aria-checked", given);
    await search.press("Enter");
    await expect(chip).toHaveCount(after);
    await expect(add).toBeFocused();
  }
  await ana.page.keyboard.press("Shift+Tab");
  await expect(chip.getByRole("button", { name: "Take off Garden tools" })).toBeFocused();
  await ana.page.keyboard.press("Enter");
  await expect(chip).toHaveCount(0);
  await expect(add).toBeFocused();
  await expect(panel.getByText("Ana Silva took off the tag Hobby · Garden tools")).toHaveCount(2);
  await ana.resolve();
});

test("a rule made and tried in Manage tags a new customer by their first message", async ({ sit, simulator }) => {
  const [ana, marco] = [await sit("Ana"), await sit("Marco")];
  const { page } = marco;
  await manage(page, marco.url);
  const from = page.getByRole("region", { name: "Came with" });
  await from.getByRole("button", { name: "New tag" }).click();
  await page.getByLabel("Name", { exact: true }).fill("Wedding");
  await page.getByLabel("Kind").selectOption({ label: "First Message: rules give it" });
  await submit(page, "New tag");
  await expect(from.getByText("Wedding")).toBeVisible();
  await page.getByRole("button", { name: "New rule" }).click();
  await page.getByLabel("Words").fill("fiancé");
  await page.getByLabel("Gives the tag").selectOption({ label: "Came with · Wedding" });
  await submit(page, "New rule");
  const rule = page.getByRole("listitem").filter({ hasText: "contains “fiancé” gives Wedding" });
  await expect(rule).toHaveAttribute("data-fits", "false");
  await page.getByLabel("Try it: a first message").fill("A ring for my FIANCE");
  await expect(rule).toHaveAttribute("data-fits", "true");
  await expect(page.getByRole("status").filter({ hasText: "Gives" })).toHaveText("Gives Wedding");
  await page.getByLabel("Try it: a first message").fill("financed");
  await expect(page.getByText("No rule fits: no tag.")).toBeVisible();

  const who = await simulator.customer("Willa Wed");
  await simulator.write(who, "Something for my fiance, please");
  await ana.open(who);
  const panel = ana.page.getByRole("complementary", { name: "Profile" });
  const chip = panel.locator(".tags .tag");
  await expect(chip).toContainText("Wedding");
  await expect(chip).toContainText("auto");
  await expect(chip.getByRole("button")).toHaveCount(0);
  await expect(panel.getByText("First message gave the tag Came with · Wedding")).toBeVisible();
  await simulator.write(who, "fiancé again");
  await expect(ana.bubble("fiancé again")).toBeVisible();
  await expect(panel.getByText("First message gave the tag Came with · Wedding")).toHaveCount(1);

  // Deleting it asks what becomes of it.
  // How many carry it is counted when the page is loaded.
  await page.reload();
  await page.getByRole("button", { name: "Edit Wedding" }).click();
  await page.getByRole("button", { name: "Delete …" }).click();
  const dialog = page.getByRole("dialog", { name: "Delete “Wedding”?" });
  await expect(dialog).toContainText("On 1 contact.");
  await dialog.getByRole("radio", { name: "It is taken off" }).check();
  await submit(page, "Delete “Wedding”?", "Delete");
  await expect(chip).toHaveCount(0);
  await expect(rule).toHaveCount(0);
});

test("agents manage nothing", async ({ sit }) => {
  const ana = await sit("Ana");
  await ana.page.goto(`${ana.url}/manage/tags`);
  await expect(ana.page.getByText("There is no such page, or it is not for you to open.")).toBeVisible();
  await expect(ana.page.getByRole("link", { name: "Tags" })).toHaveCount(0);
});

test("the list that adds a tag finds it by any of its words and its category's, each under its category", async ({ sit, simulator }) => {
  const ana = await sit("Ana");
  const who = await simulator.customer("Lotta List");
  await ana.take(simulator, who);
  await ana.leave();
  await ana.page.keyboard.press("g");
  const search = ana.page.getByRole("combobox", { name: "Search tags" });
  const list = ana.page.getByRole("listbox", { name: "Tags" });
  // What rules give is not there, nor is its category.
  await expect(list.locator(".group").first()).toHaveText("Customer");
  await expect(list.locator(".group").nth(1)).toHaveText("Topic");
  await expect(list.locator(".group", { hasText: "Came with" })).toHaveCount(0);
  await search.fill("topic");
  await expect(list.locator(".group")).toHaveText(["Topic"]);
  await expect(list.getByRole("option")).toHaveText(["Delivery", "Damaged goods", "Invoice", "Refund"]);
  await search.fill(" GOODS  top");
  await expect(list.getByRole("option")).toHaveText(["Damaged goods"]);
  await search.fill("goods invoice");
  await expect(list.getByRole("option")).toHaveCount(0);
  await expect(ana.page.getByText("No tag of this name.")).toBeVisible();

  // Enter at once gives the first tag, and then the next: nothing is taken off unlooked at.
  const chips = ana.profile.locator(".tags .tag > span");
  await search.fill("");
  const [first, second] = await list.getByRole("option").allTextContents();
  await search.press("Enter");
  await expect(chips).toHaveText([first]);
  await ana.page.keyboard.press("g");
  await expect(list.getByRole("option", { selected: true })).toHaveText(second);
  await search.press("Enter");
  await expect(chips).toHaveText([first, second]);
  await ana.resolve();
});

test("who takes tags off by keyboard stays among them", async ({ sit, simulator }) => {
  const ana = await sit("Ana");
  const who = await simulator.customer("Kira Keyboard");
  await ana.take(simulator, who);
  await ana.leave();
  const chips = ana.profile.locator(".tags .tag > span");
  const off = (name: string) => ana.profile.getByRole("button", { name: `Take off ${name}` });
  const add = ana.profile.getByRole("button", { name: /^Add tag/ });
  const given: string[] = [];
  for (const name of ["VIP", "Delivery", "Invoice"]) {
    await ana.page.keyboard.press("g");
    await expect(ana.page.getByRole("combobox", { name: "Search tags" })).toBeFocused();
    await ana.page.keyboard.type(name);
    await expect(ana.page.getByRole("listbox", { name: "Tags" }).getByRole("option")).toHaveText([name]);
    await ana.page.keyboard.press("Enter");
    given.push(name);
    await expect(chips).toHaveText(given);
    await expect(add).toBeFocused();
  }
  // Each tag tells about itself, and after it comes what takes it off.
  for (let n = 0; n < 5; n++) await ana.page.keyboard.press("Shift+Tab");
  await expect(off("VIP")).toBeFocused();
  await ana.page.keyboard.press("Enter");
  await expect(chips).toHaveText(["Delivery", "Invoice"]);
  await expect(off("Delivery")).toBeFocused();
  await ana.page.keyboard.press("Tab");
  await ana.page.keyboard.press("Tab");
  await expect(off("Invoice")).toBeFocused();
  await ana.page.keyboard.press("Enter");
  await expect(chips).toHaveText(["Delivery"]);
  await expect(add).toBeFocused();
  await expect(ana.profile.getByText("Ana Silva took off the tag Topic · Invoice")).toBeVisible();
  await expect(add).toBeFocused();
  await ana.resolve();
});

test("what a rule gave a supervisor takes off, and no agent", async ({ sit, simulator }) => {
  const [ana, olivia] = [await sit("Ana"), await sit("Olivia")];
  const who = await simulator.customer("Ada Automated");
  await simulator.write(who, "Where is my order?");
  await ana.open(who);
  await olivia.open(who);
  const chip = (desk: typeof ana) => desk.profile.locator(".tags .tag");
  for (const desk of [ana, olivia]) {
    await expect(chip(desk)).toHaveCount(1);
    await expect(chip(desk)).toContainText("Order question");
    await expect(chip(desk)).toContainText("auto");
  }
  await expect(chip(ana).getByRole("button")).toHaveCount(0);
  await olivia.profile.getByRole("button", { name: "Take off Order question" }).click();
  for (const desk of [ana, olivia]) {
    await expect(chip(desk)).toHaveCount(0);
    await expect(desk.profile.getByText("Olivia Hart took off the tag Came with · Order question")).toBeVisible();
  }
});

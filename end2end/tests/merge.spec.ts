import { expect, test } from "../support/fixtures";
import type { Page } from "@playwright/test";

async function duplicates(page: Page, url: string): Promise<void> {
  await page.goto(`${url}/manage/duplicates`);
  await expect(page.locator("body")).toHaveAttribute("data-hydrated", "true");
  await expect(page.getByRole("heading", { level: 1, name: "Duplicates" })).toBeVisible();
}

test("two customers with one e-mail address are merged, read in one thread, and told apart again", async ({ sit, simulator }) => {
  const [ana, olivia] = [await sit("Ana"), await sit("Olivia")];
  const [first, second] = [await simulator.customer("Mina First"), await simulator.customer("Mina Second")];
  for (const who of [first, second]) {
    await ana.take(simulator, who);
    await simulator.write(who, `I am ${who.name}`);
    await expect(ana.bubble(`I am ${who.name}`)).toBeVisible();
    const email = ana.page.locator('[data-attribute="Email"]');
    await email.getByRole("button", { name: "Add Email" }).click();
    await email.getByRole("textbox", { name: "Email" }).fill("mina@both.example");
    await email.getByRole("textbox", { name: "Email" }).press("Enter");
    await expect(ana.page.getByRole("complementary", { name: "Profile" })).toContainText("set Email: mina@both.example");
    await ana.resolve();
  }
  await duplicates(olivia.page, olivia.url);
  const pair = olivia.page.getByRole("region", { name: "Mina First and Mina Second" });
  await expect(pair).toContainText("Both have the e-mail address mina@both.example");
  await expect(pair.getByRole("radio", { name: "Keep Mina First" })).toBeChecked();
  await pair.getByRole("button", { name: "Merge" }).click();
  await expect(pair).toBeHidden();
  const merged = olivia.page.getByRole("list", { name: "Merged" });
  await expect(merged.getByRole("listitem").filter({ hasText: "Mina Second became a part of Mina First" })).toBeVisible();

  // Ana's list has one of them, with what the other wrote in its thread.
  await ana.goto("active");
  await expect(ana.row(second)).toHaveCount(0);
  await ana.open(first);
  await expect(ana.log.getByText(/said that Mina Second is the same person/)).toBeVisible();
  await ana.log.getByRole("button", { name: "Show what they wrote there" }).click();
  await expect(ana.bubble("I am Mina Second")).toBeVisible();
  // What is found there, from wherever, leads to its place within this thread.
  await ana.goto("active");
  await (await ana.find("I am Mina Sec")).first().click();
  await expect(ana.page.getByRole("heading", { level: 1 })).toHaveText("Mina First");
  await expect(ana.log.locator("[data-folded] .bubble[data-lit]")).toHaveText(/I am Mina Second/);
  await expect(ana.bubble("I am Mina Second")).toBeInViewport();
  await simulator.write(second, "me again");
  await expect(ana.bubble("me again")).toBeVisible();

  await merged.getByRole("button", { name: /tell Mina Second and .* apart/ }).click();
  await expect(merged.getByText("Mina Second became a part of")).toHaveCount(0);
  await ana.goto("active");
  // Whoever is one person is called as they last wrote; told apart, each bears their own name again.
  await expect(ana.row(second)).toHaveCount(1);
  await expect(ana.row(first)).toHaveCount(1);
});

test("a customer who stops offers in WhatsApp is opted out on the open profile", async ({ sit, visit, simulator, baton }) => {
  const ana = await sit("Ana");
  const who = await simulator.customer("Una Unwilling");
  await simulator.write(who, "hello");
  await ana.open(who);
  const panel = ana.page.getByRole("complementary", { name: "Profile" });
  await panel.getByRole("button", { name: "Show all" }).click();
  await expect(panel).toContainText("Not asked");
  const { page: phone } = await visit();
  await phone.goto(`${baton.url}/simulator?customer=${who.id}`);
  await phone.getByRole("button", { name: "Stop offers" }).click();
  await expect(panel).toContainText("Out since");
  await expect(panel).toContainText("The customer opted out of campaigns");
  await phone.getByRole("button", { name: "Resume offers" }).click();
  await expect(panel).toContainText("In since");
});

test("a customer is opted out and blocked from the profile", async ({ sit, simulator, allow }) => {
  const ana = await sit("Ana");
  const who = await simulator.customer("Bo Blocked");
  await ana.take(simulator, who);
  const panel = ana.page.getByRole("complementary", { name: "Profile" });
  await panel.getByRole("button", { name: "Show all" }).click();
  await panel.getByRole("button", { name: "Opt out" }).click();
  await expect(panel).toContainText("noted that the customer opted out of campaigns");
  await panel.getByRole("button", { name: "Block …" }).click();
  await ana.page.getByRole("dialog", { name: "Block this customer" }).getByRole("button", { name: "Block", exact: true }).click();
  await expect(panel.getByRole("button", { name: "Unblock" })).toBeVisible();
  allow(/422/);
  await ana.say("you cannot read this");
  await expect(ana.page.getByText(/This customer is blocked/)).toBeVisible();
  await panel.getByRole("button", { name: "Unblock" }).click();
  await expect(panel.getByRole("button", { name: "Block …" })).toBeVisible();
  await ana.resolve();
});

test("an agent says what a customer is called, and it stays", async ({ sit, simulator }) => {
  const [ana, ben] = [await sit("Ana"), await sit("Ben")];
  const who = await simulator.customer("Nia Nickname");
  await ana.take(simulator, who);
  const panel = ana.page.getByRole("complementary", { name: "Profile" });
  await panel.getByRole("button", { name: "Name: Nia Nickname" }).click();
  const field = panel.getByRole("textbox", { name: "Name" });
  await field.fill("Nobody");
  await field.press("Escape");
  await panel.getByRole("button", { name: "Name: Nia Nickname" }).click();
  await expect(field).toHaveValue("Nia Nickname");
  await field.fill("Nia Nakamura");
  await field.press("Enter");
  await expect(panel.getByRole("button", { name: "Name: Nia Nakamura" })).toBeFocused();
  await expect(panel).toContainText("changed the name: Nia Nickname → Nia Nakamura");
  await simulator.write(who, "still me");
  await expect(ana.bubble("still me")).toBeVisible();
  // Leaving the field saves it as well; everybody's lists follow.
  await panel.getByRole("button", { name: "Name: Nia Nakamura" }).click();
  await field.fill("Nia N.");
  await field.blur();
  await expect(panel).toContainText("changed the name: Nia Nakamura → Nia N.");
  await ana.resolve();
  await ben.goto("active");
  await expect(ben.page.getByText("Nia N.").first()).toBeVisible();
});

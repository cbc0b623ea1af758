import AxeBuilder from "@axe-core/playwright";
import type { Page } from "@playwright/test";
import { expect, test } from "../support/fixtures";

/// WCAG 2.2 A and AA, as far as a program can tell.
async function sound(page: Page, where: string): Promise<void> {
  const found = await new AxeBuilder({ page }).withTags(["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]).analyze();
  const told = found.violations.map(({ id, help, nodes }) => `${id}: ${help}: ${nodes.map((node) => node.html).join(" | ")}`);
  expect(told, where).toEqual([]);
  expect(found.passes.length, "something was looked at").toBeGreaterThan(10);
}

for (const colorScheme of ["light", "dark"] as const) {
  test(`every screen is readable and named, ${colorScheme}`, async ({ sit, visit, simulator, baton }) => {
    const customer = await simulator.customer(`Axel ${colorScheme}`);
    await simulator.asks(customer);
    const ana = await sit("Ana", { colorScheme });
    await sound(ana.page, "lists");
    await expect(await ana.find("axel")).not.toHaveCount(0);
    await sound(ana.page, "the search");
    await ana.page.keyboard.press("Escape");
    await ana.tab("Requested").click();
    await ana.open(customer);
    await sound(ana.page, "a request");
    await ana.intervene.click();
    await ana.say("Hello");
    await expect(ana.bubble("Hello").last().getByRole("img", { name: "delivered" })).toBeVisible();
    await ana.page.getByRole("button", { name: "Show all" }).click();
    await sound(ana.page, "a chat of mine");
    await ana.page.getByRole("button", { name: /^Resolve/ }).first().click();
    await expect(ana.page.getByRole("dialog")).toBeVisible();
    await sound(ana.page, "resolve");
    await ana.page.keyboard.press("Escape");
    await ana.goto("history");
    await sound(ana.page, "History");
    const { page } = await visit({ colorScheme });
    await page.goto(`${baton.url}/sign-in`);
    await expect(page.locator("body")).toHaveAttribute("data-hydrated", "true");
    await sound(page, "sign-in");
    await page.goto(`${baton.url}/simulator?customer=${customer.id}`);
    await expect(page.getByRole("log", { name: "Chat" })).toContainText("Hello");
    await sound(page, "the simulator");
  });
}

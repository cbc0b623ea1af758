// The table of contacts: opened, and asked for some of them.
import { expect, type Locator, type Page } from "@playwright/test";

export async function open(page: Page, url: string, query = ""): Promise<Locator> {
  await page.goto(`${url}/contacts${query}`);
  await expect(page.locator("body")).toHaveAttribute("data-hydrated", "true");
  const grid = page.getByRole("grid", { name: "Contacts" });
  await expect(grid).toHaveAttribute("aria-busy", "false");
  return grid;
}

export async function condition(page: Page, about: string, fill: (dialog: Locator) => Promise<void>): Promise<void> {
  await page.getByRole("button", { name: "+ Condition" }).first().click();
  const dialog = page.getByRole("dialog", { name: "Add a condition" });
  await dialog.getByLabel("Ask about").selectOption(about);
  await fill(dialog);
  await dialog.getByRole("button", { name: "Apply" }).click();
  await expect(dialog).toBeHidden();
}

import { expect, test } from "../support/fixtures";
import type { Page } from "@playwright/test";

async function manage(page: Page, url: string, section: string, heading: string): Promise<void> {
  await page.goto(`${url}/manage/${section}`);
  await expect(page.locator("body")).toHaveAttribute("data-hydrated", "true");
  await expect(page.getByRole("heading", { level: 1, name: heading })).toBeVisible();
}

async function choose(page: Page, name: string, text: string | Buffer): Promise<void> {
  const buffer = typeof text === "string" ? Buffer.from(text) : text;
  await page.getByLabel("Choose a CSV file").setInputFiles({ name, mimeType: "text/csv", buffer });
}

test("a supervisor maps, checks and imports a file, and takes the failed rows away", async ({ sit, allow }) => {
  const { page, url } = await sit("Olivia");
  await manage(page, url, "import", "Import contacts");
  // What is no table is refused in words.
  allow(/422/);
  await choose(page, "book.xlsx", Buffer.from("PK\u0003\u0004xxxx"));
  await expect(page.getByRole("alert").filter({ hasText: "This is an Excel file" })).toBeVisible();

  const mark = String(Date.now()).slice(-6);
  await choose(page, `people-${mark}.csv`, `Nome;Celular;Anything\nBeatriz ${mark};(11) 98${mark.slice(0, 3)}-4321;x\nBad;banana;y\nTwice;+55 11 98${mark.slice(0, 3)}-4321;z\n`);
  await expect(page.getByRole("heading", { level: 1, name: `people-${mark}.csv` })).toBeVisible();
  await expect(page.getByLabel("Nome becomes")).toHaveValue("2");
  await expect(page.getByLabel("Celular becomes")).toHaveValue("1");
  await expect(page.getByLabel("Anything becomes")).toHaveValue("0");
  await expect(page.getByRole("row", { name: /Nome/ })).toContainText("Beatriz");
  await page.getByLabel("Numbers without a country code are from").selectOption({ label: "Brazil" });
  await page.getByLabel("Source of new contacts").fill("Fair 2026");
  await page.getByRole("button", { name: "Check every row" }).click();

  const check = page.getByRole("region", { name: "Result of the check" });
  await expect(check).toContainText("New contacts");
  const failures = page.getByRole("region", { name: "Rows with problems" });
  await expect(failures.getByRole("listitem")).toHaveCount(2);
  await expect(failures).toContainText("Celular, “banana”");
  await expect(failures).toContainText("Row 2 has the same phone number.");

  await page.getByRole("button", { name: "Import 1 row" }).click();
  const result = page.getByRole("region", { name: "Result", exact: true });
  await expect(result).toContainText("Done");
  await expect(result.getByText("New")).toBeVisible();
  const downloading = page.waitForEvent("download");
  await failures.getByRole("link", { name: "Download them" }).click();
  const download = await downloading;
  expect(download.suggestedFilename()).toMatch(/^failed-rows-.*\.csv$/);

  // It stays in the list until it is deleted there.
  await page.getByRole("link", { name: "‹ Import contacts" }).click();
  const imports = page.getByRole("list", { name: "Imports" });
  await expect(imports.getByRole("link", { name: new RegExp(`people-${mark}`) })).toContainText("1 new · 2 failed");
  await imports.getByRole("link", { name: new RegExp(`people-${mark}`) }).click();
  await page.getByRole("button", { name: "Delete this file" }).click();
  await page.getByRole("dialog", { name: "Delete this file" }).getByRole("button", { name: "Delete", exact: true }).click();
  await expect(page.getByRole("heading", { level: 1, name: "Import contacts" })).toBeVisible();
  await expect(page.getByText(`people-${mark}.csv`)).toHaveCount(0);
});

test("a contact is added by hand, once", async ({ sit, allow }) => {
  const { page, url } = await sit("Marco");
  await manage(page, url, "import", "Import contacts");
  const number = `+44 7700 9${String(Date.now()).slice(-5)}`;
  const dialog = page.getByRole("dialog", { name: "Add contact" });
  await page.getByRole("button", { name: "Add contact" }).click();
  await dialog.getByLabel("Phone number, with its country code").fill(number);
  await dialog.getByLabel("Name").fill("Hand Added");
  await dialog.getByRole("button", { name: "Add", exact: true }).click();
  await expect(dialog).toBeHidden();
  await expect(page.getByText("Hand Added is a contact now.")).toBeVisible();
  allow(/422/);
  await page.getByRole("button", { name: "Add contact" }).click();
  await dialog.getByLabel("Phone number, with its country code").fill(number);
  await dialog.getByRole("button", { name: "Add", exact: true }).click();
  await expect(dialog.getByRole("alert")).toHaveText("There is a contact with this number already.");
});

test("agents find neither imports nor duplicates", async ({ sit }) => {
  const { page, url } = await sit("Ana");
  await page.goto(`${url}/manage/import`);
  await expect(page.locator("body")).toHaveAttribute("data-hydrated", "true");
  await expect(page.getByRole("navigation", { name: "Manage" }).getByRole("link", { name: "Import" })).toHaveCount(0);
  await expect(page.getByRole("heading", { level: 1, name: "Import contacts" })).toHaveCount(0);
});

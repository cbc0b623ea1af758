import { expect, test } from "../support/fixtures";
import { tabTo } from "../support/keyboard";
import { answer, retell, still, type Answers } from "../support/still";
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

/// Brings a file of 2,500 new contacts as far as the button that imports it.
async function ready(page: Page, url: string, name: string, area: number): Promise<void> {
  await manage(page, url, "import", "Import contacts");
  const row = (n: number) => `${name} ${n},+55 ${area} 9${70_000_000 + n}`;
  await choose(page, `${name}.csv`, ["Name,Phone", ...Array.from({ length: 2500 }, (_, n) => row(n))].join("\n"));
  await page.getByRole("button", { name: "Check every row" }).click();
  await expect(page.getByRole("button", { name: "Import 2,500 rows" })).toBeVisible();
}

test("Stop keeps the keyboard while an import goes on", async ({ sit, baton }) => {
  const { page, url } = await sit("Olivia");
  await ready(page, url, "Steady", 21);
  let done = 0;
  await retell(page, "open_import", (opened) => {
    if (opened.import.stage === "running") opened.import.done = done;
  });
  await still(baton.database, async () => {
    await page.getByRole("button", { name: "Import 2,500 rows" }).click();
    const under = page.getByRole("region", { name: "Importing" });
    await expect(under).toContainText("Importing · 0 of 2,500");
    const stop = under.getByRole("button", { name: "Stop" });
    await tabTo(page, stop);
    for (done of [1000, 2000]) {
      await expect(under).toContainText(`${done / 1000},000 of 2,500`);
      await expect(under.getByRole("progressbar")).toHaveAttribute("value", `${done}`);
      await expect(stop).toBeFocused();
      // How far it is can be seen; said is only what goes on.
      await expect(under.getByRole("status")).toHaveText("Importing");
    }
  });
  await expect(page.getByRole("region", { name: "Result", exact: true })).toContainText("Done");
  await page.unroute("**/api/open_import*");
});

test("an import is followed past answers that fail, and its page says so meanwhile", async ({ sit, baton, allow }) => {
  allow(/Failed to load resource/);
  const { page, url } = await sit("Olivia");
  await ready(page, url, "Stubborn", 31);
  let how: Answers = "as they are";
  await answer(page, "open_import", () => how);
  const trouble = page.getByRole("alert").filter({ hasText: "Trying again" });
  await still(baton.database, async () => {
    await page.getByRole("button", { name: "Import 2,500 rows" }).click();
    const under = page.getByRole("region", { name: "Importing" });
    await expect(under).toContainText("0 of 2,500");
    how = "lost";
    await expect(trouble).toHaveText("No connection to the server. Trying again …");
    await expect(under).toContainText("0 of 2,500");
    how = "foreign";
    await expect(trouble).toHaveText("The server does not answer as it should. Trying again …");
    how = "as they are";
    await expect(trouble).toHaveCount(0);
  });
  const result = page.getByRole("region", { name: "Result", exact: true });
  await expect(result).toContainText("Done");
  await expect(result.locator("dt", { hasText: "New" }).locator("xpath=following-sibling::dd[1]")).toHaveText("2,500");
});

test("what a supervisor began who lost the right, another goes on with", async ({ sit, baton }) => {
  const [olivia, marco] = [await sit("Olivia"), await sit("Marco")];
  const role = async (to: string) => {
    await manage(olivia.page, olivia.url, "members", "Members");
    const saved = olivia.page.waitForResponse("**/api/change_role*");
    await olivia.page.getByRole("combobox", { name: "Role of Marco Bianchi" }).selectOption(to);
    expect((await saved).ok()).toBe(true);
  };
  await ready(marco.page, marco.url, "Orphaned", 41);
  const address = marco.page.url();
  try {
    await still(baton.database, async () => {
      await marco.page.getByRole("button", { name: "Import 2,500 rows" }).click();
      await expect(marco.page.getByRole("region", { name: "Importing" })).toContainText("0 of 2,500");
      await marco.page.goto("about:blank");
      await role("agent");
    });
    await olivia.page.goto(address);
    const result = olivia.page.getByRole("region", { name: "Result", exact: true });
    await expect(result).toContainText(/Stopped after (0|1,000) of 2,500 rows/);
    await result.getByRole("button", { name: "Go on" }).click();
    await expect(result).toContainText("Done");
    await expect(olivia.page.getByText("2,500 rows, brought by Olivia Hart")).toBeVisible();
  } finally {
    await role("manager");
  }
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

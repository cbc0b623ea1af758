// What is done to many contacts, held still or out of reach for as long as a test looks at it.
import type { Page } from "@playwright/test";
import { Client } from "pg";

/// No contact is written while their table is locked: a task or an import stands still in its first batch.
export async function still(database: string, meanwhile: () => Promise<void>): Promise<void> {
  const lock = new Client({ connectionString: database });
  try {
    await lock.connect();
    await lock.query("begin");
    await lock.query("lock table contact in exclusive mode");
    await meanwhile();
  } finally {
    await lock.end();
  }
}

/// How a page's questions are answered: as they are, not at all, or by something that is not Baton.
export type Answers = "as they are" | "lost" | "foreign";

/// Answers a server function's calls as `how` says at that moment.
export async function answer(page: Page, name: string, how: () => Answers): Promise<void> {
  await page.route(`**/api/${name}*`, async (route) => {
    if (how() === "lost") await route.abort();
    else if (how() === "foreign") await route.fulfill({ status: 502, contentType: "text/html", body: "<h1>Bad gateway</h1>" });
    else await route.continue();
  });
}

/// Lets a server function's answers tell something else.
export async function retell(page: Page, name: string, change: (told: any) => void): Promise<void> {
  await page.route(`**/api/${name}*`, async (route) => {
    const response = await route.fetch();
    const json = await response.json();
    if (response.ok()) change(json);
    await route.fulfill({ response, json });
  });
}

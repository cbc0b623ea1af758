import { readFile } from "node:fs/promises";
import { expect, test } from "../support/fixtures";
import { condition, open } from "../support/table";

const told = /Exa Exported|exa@example/;

test("journeys leave as files with supervisors, and with nobody else", async ({ sit, visit, simulator, baton }) => {
  const [ana, olivia] = [await sit("Ana"), await sit("Olivia")];
  const who = await simulator.customer("Exa Exported");
  await ana.take(simulator, who);
  await ana.set("Email", "exa@example.com");
  const chat = (await ana.row(who).getAttribute("data-chat"))!;
  const files = ["csv", "json"].map((kind) => `/export/journey/${chat}.${kind}`);
  const ask = async (desk: typeof ana, file: string) => {
    const answer = await desk.context.request.get(`${baton.url}${file}`);
    return { status: answer.status(), text: await answer.text() };
  };

  // While Ana holds the chat it is out of everybody's sight, in files as well.
  for (const file of files) {
    const { status, text } = await ask(olivia, file);
    expect([file, status >= 400]).toEqual([file, true]);
    expect(text).not.toMatch(told);
  }
  await ana.resolve();
  await expect(ana.profile).toContainText("resolved · Solved");
  for (const file of files) {
    const { status, text } = await ask(olivia, file);
    expect([file, status]).toEqual([file, 200]);
    expect(text).toMatch(told);
  }

  // Nothing on Ana's screen leads there, and the server refuses her.
  await expect(ana.profile).toContainText("set Email: exa@example.com");
  await expect(ana.page.locator('a[href*="/export/"]')).toHaveCount(0);
  await expect(olivia.page.locator('a[href*="/export/"]')).toHaveCount(0);
  for (const file of files) {
    const { status, text } = await ask(ana, file);
    expect([file, status]).toEqual([file, 403]);
    expect(text).not.toMatch(told);
  }
  // Nor does it know who is not signed in.
  const { context } = await visit();
  for (const file of files) expect([file, (await context.request.get(`${baton.url}${file}`)).status()]).toEqual([file, 401]);

  await olivia.open(who);
  await expect(olivia.page.locator('a[href*="/export/"]')).toHaveText(["csv", "json"]);
  // Every file that left is written down, and none that was refused.
  await olivia.page.goto(`${baton.url}/manage/audit`);
  const entries = olivia.page.locator(".entry").filter({ hasText: /export/i });
  await expect(entries.first()).toBeVisible();
  await expect(entries.filter({ hasText: "Olivia" })).not.toHaveCount(0);
  await expect(entries.filter({ hasText: "Ana Silva" })).toHaveCount(0);
});

test("contacts leave as a file that says how far it is: all that match, or those that are chosen", async ({ sit, simulator, baton }) => {
  const [ana, olivia] = [await sit("Ana"), await sit("Olivia")];
  const [held, free] = [await simulator.customer("Fila Exported"), await simulator.customer("Fila Free")];
  await simulator.write(free, "hello");
  await ana.take(simulator, held);
  const page = olivia.page;
  const grid = await open(page, baton.url);
  await condition(page, "name", (dialog) => dialog.getByRole("textbox").fill("Fila"));
  await expect(grid.locator(".open")).toHaveText(["Fila Free"]);
  const task = page.locator(".task").last();
  const take = async (press: () => Promise<void>) => {
    const downloading = page.waitForEvent("download");
    await press();
    const download = await downloading;
    expect(download.suggestedFilename()).toBe("contacts.csv");
    return readFile((await download.path())!, "utf8");
  };
  const all = await take(() => page.locator(".head").getByRole("button", { name: "Export" }).click());
  expect(all).toContain("Fila Free");
  // With Ana, out of everybody's sight.
  expect(all).not.toContain("Fila Exported");
  await expect(task).toContainText("Done: 1 contact in the file");
  await expect(task.getByRole("button", { name: "Undo" })).toHaveCount(0);

  // Whoever is back in sight appears by themselves.
  await ana.resolve();
  await expect(grid.getByRole("button", { name: "Fila Exported" })).toBeVisible();
  await expect(grid.locator(".open")).toHaveCount(2);
  await expect(page.locator(".counts")).toContainText("2 match");
  await grid.getByRole("checkbox", { name: "Choose Fila Exported" }).check();
  const chosen = await take(() => page.locator(".bulk").getByRole("button", { name: "Export" }).click());
  expect(chosen).toContain("Fila Exported");
  expect(chosen).not.toContain("Fila Free");

  // Ana has no such page, and the server neither begins a file for her nor hands one out.
  const begun = await ana.call("begin_task", { action: { export: { columns: ["phone"] } }, target: { matching: { join: "all", parts: [] } } });
  expect(begun.status()).toBe(403);
  const nobody = "00000000-0000-0000-0000-000000000000";
  const refused = await ana.context.request.get(`${baton.url}/export/contacts/${nobody}.csv`);
  expect(refused.status()).toBe(403);
  await page.goto(`${baton.url}/manage/audit`);
  await expect(page.locator(".entry").filter({ hasText: "exported one chosen contact" })).toHaveCount(1);
});

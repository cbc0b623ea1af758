import { expect, test } from "../support/fixtures";
import type { Page } from "@playwright/test";

async function manage(page: Page, url: string): Promise<void> {
  await page.goto(`${url}/manage/api-keys`);
  await expect(page.locator("body")).toHaveAttribute("data-hydrated", "true");
}

/// Makes a key in Manage and gives its text.
async function makeKey(page: Page, name: string, scopes: string[], perMinute?: string): Promise<string> {
  await page.getByRole("button", { name: "New key" }).click();
  const dialog = page.getByRole("dialog");
  await dialog.getByRole("textbox", { name: "Name" }).fill(name);
  for (const scope of scopes) await dialog.getByRole("checkbox", { name: scope }).check();
  if (perMinute) {
    const calls = dialog.getByRole("textbox", { name: "Calls a minute" });
    await calls.fill("a few");
    await dialog.getByRole("button", { name: "Make the key" }).click();
    await expect(dialog.getByRole("alert")).toHaveText("Calls a minute are a whole number.");
    await calls.fill(perMinute);
  }
  await dialog.getByRole("button", { name: "Make the key" }).click();
  const field = dialog.getByLabel("API key", { exact: true });
  await expect(field).toHaveValue(/^baton_[0-9a-f]{32}_[0-9a-f]{64}$/);
  return field.inputValue();
}

test("a key is made, shown once, copied, used, and revoked after a question", async ({ sit, baton }) => {
  const olivia = await sit("Olivia");
  const { page } = olivia;
  await manage(page, baton.url);
  await expect(page.getByRole("heading", { name: "API keys" })).toBeVisible();
  await olivia.context.grantPermissions(["clipboard-read", "clipboard-write"]);
  const key = await makeKey(page, "Webshop", ["contacts:read", "tags:read"], "90");
  const dialog = page.getByRole("dialog");
  await dialog.getByRole("button", { name: "Copy the key" }).click();
  await expect(dialog.getByRole("button", { name: "Copied" })).toBeVisible();
  expect(await page.evaluate(() => navigator.clipboard.readText())).toBe(key);
  await dialog.getByRole("button", { name: "Done" }).click();
  await expect(dialog).toBeHidden();
  expect(await page.content()).not.toContain(key);

  const row = page.getByRole("list", { name: "API keys" }).locator(".entry").filter({ hasText: "Webshop" });
  await expect(row).toContainText(key.slice(0, 22));
  await expect(row).toContainText("made by Olivia Hart");
  await expect(row).toContainText("never used · 90 calls a minute");
  await expect(row.getByRole("list", { name: "Scopes" }).getByRole("listitem")).toHaveText(["contacts:read", "tags:read"]);
  const ask = async (path: string) =>
    (await fetch(`${baton.url}/api/v1${path}`, { headers: { authorization: `Bearer ${key}` } })).status;
  expect(await ask("/contacts?limit=1")).toBe(200);
  expect(await ask("/chats")).toBe(403);
  await page.reload();
  await expect(row).toContainText("last used");

  await row.getByRole("button", { name: "Revoke Webshop" }).click();
  const question = page.getByRole("dialog", { name: "Revoke “Webshop”?" });
  await question.getByRole("button", { name: "Keep it" }).click();
  await expect(question).toBeHidden();
  expect(await ask("/contacts?limit=1")).toBe(200);
  await row.getByRole("button", { name: "Revoke Webshop" }).press("Enter");
  await question.getByRole("button", { name: "Revoke" }).click();
  const revoked = page.getByRole("region", { name: "Revoked" }).locator(".entry").filter({ hasText: "Webshop" });
  await expect(revoked).toBeVisible();
  await expect(revoked.getByRole("button")).toHaveCount(0);
  expect(await ask("/contacts?limit=1")).toBe(401);

  await page.goto(`${baton.url}/manage/audit`);
  const entries = page.getByRole("list", { name: "Entries" });
  await expect(entries).toContainText("Olivia Hart made the API key Webshop, which may: contacts:read, tags:read");
  await expect(entries).toContainText("Olivia Hart revoked the API key Webshop");
});

test("an API call tags a contact and the open panel shows it; a message of the API shows in the thread", async ({ sit, simulator, baton }) => {
  const [ana, olivia] = [await sit("Ana"), await sit("Olivia")];
  const who = await simulator.customer("Apia Called");
  await simulator.write(who, "Is my order there?");
  await ana.open(who);
  const panel = ana.page.getByRole("complementary", { name: "Profile" });
  await expect(panel.getByText("First seen").or(panel.getByRole("button", { name: "Show all" }))).toBeVisible();
  await manage(olivia.page, baton.url);
  const key = await makeKey(olivia.page, "Shipping", ["contacts:write", "chats:read", "chats:write", "messages:write", "contacts:read"]);
  await olivia.page.getByRole("dialog").getByRole("button", { name: "Done" }).click();
  const call = async (method: string, path: string, body?: unknown) => {
    const headers = { authorization: `Bearer ${key}`, "content-type": "application/json" };
    const answer = await fetch(`${baton.url}/api/v1${path}`, { method, headers, body: body === undefined ? undefined : JSON.stringify(body) });
    expect(answer.ok, `${method} ${path}: ${answer.status}`).toBe(true);
    return answer.json();
  };

  const contact = await call("POST", "/contacts", { phone: who.phone, tags: ["Parcel late"] });
  const chip = panel.locator(".tags .tag").filter({ hasText: "Parcel late" });
  await expect(chip).toBeVisible();
  await expect(chip).toContainText("auto");
  await expect(chip).toHaveAttribute("data-about", /^API · given by Shipping \(API\), today, /);
  await expect(panel.getByText("Shipping (API) gave the tag API · Parcel late")).toBeVisible();

  // The name that the shop knows shows everywhere.
  await call("PATCH", `/contacts/${contact.id}`, { name: "Apia Renamed" });
  await expect(ana.row("Apia Renamed")).toBeVisible();
  await expect(ana.page.getByRole("heading", { level: 1 })).toHaveText("Apia Renamed");

  const chats = await call("GET", `/chats?contact=${contact.id}`);
  const chat = chats.items[0].id;
  await call("POST", `/chats/${chat}/messages`, { text: "Your parcel comes tomorrow." });
  await expect(ana.bubble("Your parcel comes tomorrow.")).toContainText("API");
  await simulator.hears(who, "Your parcel comes tomorrow.");

  // A person is asked for; once Ana holds the chat, it is hers.
  await call("POST", `/chats/${chat}/request`, {});
  await expect(ana.page.getByText("asked for by API").first()).toBeVisible();
  await ana.intervene.click();
  await expect(ana.composer).toBeVisible();
  const headers = { authorization: `Bearer ${key}`, "content-type": "application/json" };
  const refused = await fetch(`${baton.url}/api/v1/chats/${chat}/messages`, { method: "POST", headers, body: JSON.stringify({ text: "x" }) });
  expect(refused.status).toBe(409);
  expect((await refused.json()).type).toBe("/api/v1/docs#held");
  await ana.resolve();
});

test("managers and agents see no API keys", async ({ sit, baton }) => {
  for (const name of ["Ana", "Marco"] as const) {
    const desk = await sit(name);
    await manage(desk.page, baton.url);
    await expect(desk.page.getByRole("link", { name: "API keys" })).toHaveCount(0);
    await expect(desk.page.getByRole("heading", { name: "API keys" })).toHaveCount(0);
    const answer = await desk.context.request.post(`${baton.url}/api/list_api_keys`, { data: {}, headers: { origin: baton.url } });
    expect(answer.status()).toBe(403);
  }
});

test("the API's page is readable without a script, on a phone too", async ({ visit, baton }) => {
  for (const viewport of [undefined, { width: 390, height: 844 }]) {
    const { page } = await visit({ viewport });
    await page.goto(`${baton.url}/api/v1/docs`);
    await expect(page.getByRole("heading", { level: 1, name: "REST API" })).toBeVisible();
    await page.getByRole("navigation", { name: "Contents" }).getByRole("link", { name: "Send a message" }).click();
    await expect(page.getByRole("heading", { name: "Send a message" })).toBeInViewport();
    expect(await page.evaluate(() => document.documentElement.scrollWidth <= window.innerWidth)).toBe(true);
  }
});

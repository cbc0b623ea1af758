import { expect, test } from "../support/fixtures";

test("a wrong password is refused in plain words, the right one leads on", async ({ visit, baton, allow }) => {
  const { page } = await visit();
  await page.goto(`${baton.url}/chats/requested`);
  await expect(page).toHaveURL(/sign-in/);
  await expect(page.locator("body")).toHaveAttribute("data-hydrated", "true");
  await page.getByLabel("E-mail").fill("ana@sunny.example");
  await page.getByLabel("Password").fill("not this one");
  await page.getByRole("button", { name: "Sign in" }).click();
  await expect(page.getByRole("alert")).toContainText(/e-mail|password/i);
  await page.getByLabel("Password").fill("baton-demo");
  await page.getByRole("button", { name: "Sign in" }).click();
  await page.waitForURL((url) => url.pathname === "/chats/requested");
  allow(/status of (401|403|422)/);
});

test("an ended session leads to sign-in and back to the same chat", async ({ sit, simulator, allow }) => {
  const ana = await sit("Ana");
  const customer = await simulator.customer("Sid Session");
  await simulator.write(customer, "my lamp flickers");
  await ana.open(customer);
  const deep = ana.page.url();
  allow(/status of 401/);
  await ana.context.clearCookies();
  await ana.intervene.click();
  await ana.page.waitForURL(/sign-in/);
  await expect(ana.page.locator("body")).toHaveAttribute("data-hydrated", "true");
  await ana.page.getByRole("button", { name: /^Ana/ }).click();
  // In whichever queue it was shown when the session was found to have ended.
  await ana.page.waitForURL((url) => url.pathname.endsWith(`/${deep.split("/").at(-1)}`));
  await expect(ana.bubble("my lamp flickers")).toBeVisible();
});

test("signing in leads to the very address that was asked for, with its whole query", async ({ visit, sit, simulator, baton }) => {
  const ana = await sit("Ana");
  const customer = await simulator.customer("Quinn Query");
  await simulator.write(customer, "my kettle sings");
  await ana.open(customer);
  const chat = await ana.row(customer).getAttribute("data-chat");
  const contacts = `/contacts?filter=${encodeURIComponent('{"join":"all","parts":[{"condition":{"name":"filled"}}]}')}&sort=-name`;
  for (const [name, deep] of [
    ["Ana", `/chats/active/${chat}?at=1`],
    ["Olivia", contacts],
  ] as const) {
    const { page, context } = await visit();
    await page.goto(`${baton.url}${deep}`);
    await page.waitForURL((url) => url.pathname === "/sign-in");
    await expect(page.locator("body")).toHaveAttribute("data-hydrated", "true");
    await page.getByRole("button", { name: new RegExp(`^${name}`) }).click();
    const asked = new URL(deep, baton.url);
    const same = (url: URL) => url.pathname === asked.pathname && [...asked.searchParams].every(([key, value]) => url.searchParams.get(key) === value);
    await page.waitForURL(same);
    await context.close();
  }
});

test("signing out ends the session on every tab", async ({ sit }) => {
  const ana = await sit("Ben");
  const second = await ana.context.newPage();
  await second.goto(`${ana.url}/chats/active`);
  await expect(second.locator(".frame")).toHaveAttribute("data-live", "live");
  await ana.page.getByRole("button", { name: /^Account of/ }).click();
  await ana.page.getByRole("button", { name: "Sign out" }).click();
  await ana.page.waitForURL(/sign-in/);
  await second.waitForURL(/sign-in/);
});

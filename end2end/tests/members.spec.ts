import { expect, test } from "../support/fixtures";

test("an invitation leads in once; roles hold at once; the audit log tells it", async ({ sit, visit, baton, allow }) => {
  // The used link, and the wrong password.
  allow(/422/);
  const olivia = await sit("Olivia");
  const manage = olivia.page;
  await manage.goto(`${baton.url}/manage/members`);
  await expect(manage.locator("body")).toHaveAttribute("data-hydrated", "true");
  const members = manage.getByRole("list", { name: "Members" });
  const row = (name: string) => members.locator(".entry").filter({ hasText: name });
  await expect(row("Olivia")).toContainText("(you)");
  await expect(row("Olivia").getByRole("combobox")).toHaveCount(0);
  await expect(row("Olivia").getByRole("button")).toHaveCount(0);

  await manage.getByRole("button", { name: "Invite somebody" }).click();
  const dialog = manage.getByRole("dialog", { name: "Invite somebody" });
  await dialog.getByLabel("E-mail").fill("petra@sunny.example");
  await dialog.getByRole("radio", { name: "Manager" }).click();
  await dialog.getByRole("button", { name: "Make a link" }).click();
  const link = await dialog.getByLabel("Link").inputValue();
  expect(link).toMatch(new RegExp(`^${baton.url}/join/[0-9a-f]{64}$`));
  await olivia.context.grantPermissions(["clipboard-read", "clipboard-write"]);
  await dialog.getByRole("button", { name: "Copy the link" }).click();
  await expect(dialog.getByRole("button", { name: "Copied" })).toBeVisible();
  expect(await manage.evaluate(() => navigator.clipboard.readText())).toBe(link);
  await manage.keyboard.press("Escape");
  const invited = manage.getByRole("region", { name: "Invited" });
  await expect(invited).toContainText("petra@sunny.example");

  const { page: petra } = await visit();
  await petra.goto(link);
  await expect(petra.locator("body")).toHaveAttribute("data-hydrated", "true");
  await expect(petra.getByRole("heading", { name: "Join Sunny Goods" })).toBeVisible();
  await expect(petra.locator("main")).toContainText("You are invited as Manager");
  await petra.getByLabel(/^Your name/).fill("Petra Novak");
  await petra.getByLabel(/^Password/).fill("correct horse");
  await petra.getByRole("button", { name: "Join" }).click();
  await petra.waitForURL(/\/chats\//);
  await expect(petra.locator(".frame")).toHaveAttribute("data-live", "live");
  await expect(petra.getByRole("button", { name: "Account of Petra Novak" })).toBeVisible();
  // The list hears of it; the invitation is used up.
  await expect(row("Petra Novak")).toContainText("petra@sunny.example");
  await expect(invited).toHaveCount(0);
  const { page: late } = await visit();
  await late.goto(link);
  await expect(late.getByRole("heading", { name: "This link leads nowhere" })).toBeVisible();

  // A manager sees the rows of held chats; an agent does not: her open desk begins anew.
  await petra.goto(`${baton.url}/manage/audit`);
  await expect(petra.getByRole("heading", { name: "Audit log" })).toBeVisible();
  await expect(petra.getByRole("link", { name: "Members" })).toHaveCount(0);
  await row("Petra Novak").getByRole("combobox", { name: "Role of Petra Novak" }).selectOption("agent");
  await expect(petra.getByRole("link", { name: "Audit log" })).toHaveCount(0);
  await expect(petra.getByText("There is no such page, or it is not for you to open.")).toBeVisible();

  await row("Petra Novak").getByRole("button", { name: "Deactivate" }).click();
  await row("Petra Novak").getByRole("button", { name: "Sign out and give chats back?" }).click();
  await petra.waitForURL(/\/sign-in/);
  await expect(row("Petra Novak")).toContainText("deactivated");
  await row("Petra Novak").getByRole("button", { name: "Reactivate" }).click();
  await expect(row("Petra Novak")).toContainText("Away");
  await expect(petra.locator("body")).toHaveAttribute("data-hydrated", "true");
  await petra.getByLabel("E-mail").fill("petra@sunny.example");
  await petra.getByLabel("Password").fill("wrong horse");
  await petra.getByRole("button", { name: "Sign in", exact: true }).click();
  await expect(petra.getByRole("alert")).toHaveText("E-mail address and password do not fit.");
  await petra.getByLabel("Password").fill("correct horse");
  await petra.getByRole("button", { name: "Sign in", exact: true }).click();
  // Back to where she was; the address of the sign-in names it, too.
  await petra.waitForURL((url) => url.pathname.startsWith("/manage/"));

  await manage.getByRole("link", { name: "Audit log" }).click();
  const entries = manage.getByRole("list", { name: "Entries" });
  await expect(entries).toContainText("Olivia Hart invited petra@sunny.example as Manager");
  await expect(entries).toContainText("Petra Novak joined as Manager, by an invitation to petra@sunny.example");
  await expect(entries).toContainText("Olivia Hart made Petra Novak Agent; before: Manager");
  await expect(entries).toContainText("Olivia Hart deactivated Petra Novak");
  await expect(entries).toContainText("Olivia Hart reactivated Petra Novak");
  await expect(entries).toContainText("Petra Novak failed to sign in with a wrong password from 127.0.0.1");
  await expect(entries.locator(".entry").first()).toContainText("Petra Novak signed in from 127.0.0.1");
  await manage.getByLabel("What").selectOption({ label: "Role change" });
  await expect(entries.locator(".entry")).toHaveText([/made Petra Novak Agent/]);
  await manage.getByLabel("Who").selectOption({ label: "Petra Novak" });
  await expect(manage.getByText("Nothing like that is in the log.")).toBeVisible();
  await manage.getByLabel("What").selectOption({ label: "Everything" });
  await expect(entries.locator(".entry")).toHaveText([/signed in/, /failed to sign in/, /joined as Manager/]);
  await manage.getByLabel("To").fill("2020-01-01");
  await expect(manage.getByText("Nothing like that is in the log.")).toBeVisible();
});

test("an open desk begins anew with another role", async ({ sit, baton }) => {
  const [olivia, ben] = [await sit("Olivia"), await sit("Ben")];
  await ben.page.getByRole("link", { name: "Manage" }).click();
  await expect(ben.page.getByRole("navigation", { name: "Manage" }).getByRole("link", { name: "Live chat", exact: true })).toHaveCount(0);
  await ben.goto("active");
  await olivia.page.goto(`${baton.url}/manage/members`);
  const role = olivia.page.getByRole("combobox", { name: "Role of Ben Okafor" });
  await role.selectOption("manager");
  const account = ben.page.getByRole("button", { name: "Account of Ben Okafor" });
  for (const to of ["Manager", "Agent"]) {
    // What is clicked while the page goes is lost.
    const anew = ben.page.waitForEvent("domcontentloaded");
    await role.selectOption({ label: to });
    await anew;
    await ben.live();
    await account.click();
    await expect(ben.page.getByRole("dialog", { name: "Ben Okafor" })).toContainText(to);
    await ben.page.keyboard.press("Escape");
  }
});

test("agents and managers do not see Members, and the server refuses", async ({ sit, baton }) => {
  for (const name of ["Ana", "Marco"] as const) {
    const desk = await sit(name);
    await desk.page.goto(`${baton.url}/manage/members`);
    await expect(desk.page.locator("body")).toHaveAttribute("data-hydrated", "true");
    await expect(desk.page.getByText("There is no such page, or it is not for you to open.")).toBeVisible();
    await expect(desk.page.getByRole("heading", { name: "Members" })).toHaveCount(0);
    await expect(desk.page.getByRole("link", { name: "Members" })).toHaveCount(0);
    await expect(desk.page.getByRole("link", { name: "Audit log" })).toHaveCount(name === "Ana" ? 0 : 1);
    const ask = async (what: string, data: unknown) => {
      const headers = { origin: baton.url };
      return (await desk.context.request.post(`${baton.url}/api/${what}`, { data, headers })).status();
    };
    expect(await ask("list_members", {})).toBe(403);
    expect(await ask("invite_member", { email: "friend@sunny.example", role: "owner" })).toBe(403);
    const log = await ask("audit_page", { filter: { kind: null, member: null, from: null, until: null }, before: null });
    expect(log).toBe(name === "Ana" ? 403 : 200);
    if (name === "Ana") expect(await ask("save_reply", { id: null, code: "all", text: "x", own: false })).toBe(403);
  }
});

test("on a phone the section one is in stands in view", async ({ sit, baton }) => {
  const { page } = await sit("Olivia", { viewport: { width: 390, height: 844 } });
  await page.goto(`${baton.url}/manage/audit`);
  const sections = page.getByRole("navigation", { name: "Manage" });
  await expect(sections.getByRole("link", { name: "Audit log" })).toBeInViewport({ ratio: 1 });
  await expect(sections.getByRole("link", { name: "Canned replies" })).not.toBeInViewport();
});

test("what the audit log is filtered by stays while somebody joins", async ({ sit, visit, baton }) => {
  const [olivia, marco] = [await sit("Olivia"), await sit("Marco")];
  const { page } = marco;
  await page.goto(`${baton.url}/manage/audit`);
  await expect(page.locator("body")).toHaveAttribute("data-hydrated", "true");
  const who = page.getByLabel("Who");
  await who.selectOption({ label: "Olivia Hart" });
  await page.getByLabel("From").fill("2020-01-01");
  await page.getByLabel("To").fill("2020-02-01");
  await expect(page.getByText("Nothing like that is in the log.")).toBeVisible();
  const invited = await olivia.call("invite_member", { email: "aaron@sunny.example", role: "agent" });
  expect(invited.ok(), await invited.text()).toBe(true);
  const { context } = await visit();
  const joined = await context.request.post(`${baton.url}/api/join`, {
    data: { token: await invited.json(), name: "Aaron Audited", password: "correct horse" },
    headers: { origin: baton.url },
  });
  expect(joined.ok(), await joined.text()).toBe(true);
  // The choice is drawn anew; what is chosen in it, and beside it, is not.
  await expect(who.locator("option", { hasText: "Aaron Audited" })).toHaveCount(1);
  await expect(who.locator("option:checked")).toHaveText("Olivia Hart");
  await expect(page.getByLabel("From")).toHaveValue("2020-01-01");
  await expect(page.getByLabel("To")).toHaveValue("2020-02-01");
  await expect(page.getByText("Nothing like that is in the log.")).toBeVisible();
});

import { Client } from "pg";
import { Ears } from "../support/ears";
import { expect, test, type Desk } from "../support/fixtures";

const WITHHELD = "With another member, who has another chat of this customer. It is shown again afterwards.";

/// A second number of the business.
async function number(database: string, id: string): Promise<void> {
  const client = new Client({ connectionString: database });
  await client.connect();
  await client.query(
    `insert into channel select workspace_id, gen_random_uuid(), app_id, $1, waba_id, $1, 'Second number', access_token, stopped, created_at
     from channel order by created_at limit 1 on conflict do nothing`,
    [id],
  );
  await client.end();
}

async function note(desk: Desk, text: string): Promise<void> {
  const chat = new URL(desk.page.url()).pathname.split("/").pop();
  const answer = await desk.call("send_message", { chat, id: crypto.randomUUID(), text, note: true });
  expect(answer.ok(), await answer.text()).toBe(true);
}

test("while another member has a customer's other chat, nothing of the profile is shown or told", async ({ sit, simulator, baton }) => {
  await number(baton.database, "109876543210002");
  const ears = new Ears();
  const [ana, ben] = [await sit("Ana"), await sit("Ben", { before: async (page) => ears.listen(page) })];
  const who = await simulator.customer("Tova Twochats");
  await ana.take(simulator, who);
  await ana.set("Email", "tova@mandolin.example");
  await ana.set("Country", "Ruritania");
  await ana.page.keyboard.press("g");
  await ana.page.getByRole("combobox", { name: "Search tags" }).fill("wholesale");
  await ana.page.getByRole("combobox", { name: "Search tags" }).press("Enter");
  await expect(ana.profile.locator(".tags .tag")).toHaveText("Wholesale");
  await note(ana, "collects ocarinas");
  await expect(ana.profile.locator(".notes")).toContainText("collects ocarinas");
  const secret = /mandolin|Ruritania|Wholesale|ocarina/;

  // Ben reads what they write to the other number, and that alone.
  ears.begin();
  await simulator.writeTo("109876543210002", who, "an invoice, please");
  await ben.goto("active");
  await ben.open(who);
  await expect(ben.bubble("an invoice, please")).toBeVisible();
  const withheld = ben.profile.getByRole("status").filter({ hasText: WITHHELD });
  await expect(withheld).toBeVisible();
  await ben.page.reload();
  await ben.live();
  await expect(withheld).toBeVisible();
  const nothing = async () => {
    await expect(ben.profile.locator("[data-attribute]")).toHaveCount(0);
    await expect(ben.profile.locator(".tag")).toHaveCount(0);
    await expect(ben.profile.locator(".step")).toHaveCount(0);
    await expect(ben.profile.getByRole("button", { name: /^Add/ })).toHaveCount(0);
    expect(await ben.page.content()).not.toMatch(secret);
  };
  await nothing();
  const chat = await ben.row(who).getAttribute("data-chat");
  const before = ["2100-01-01T00:00:00Z", "ffffffff-ffff-ffff-ffff-ffffffffffff"];
  for (const [name, body] of [
    ["open_profile", { chat }],
    ["note_page", { chat, before }],
    ["journey_page", { chat, part: "", doer: "", before: null }],
    ["rename_contact", { chat, name: "Tova Renamed" }],
  ] as const) {
    const answer = await ben.call(name, body);
    const text = await answer.text();
    const refused = name === "open_profile" ? [200, '"Withheld"'] : [409, expect.stringContaining("ContactElsewhere")];
    expect([answer.status(), text], name).toEqual(refused);
    ears.add(name, text);
  }
  for (const { what, text } of await ears.everything()) expect(text, what).not.toMatch(secret);

  // It comes back by itself, and goes again.
  await ana.resolve();
  await expect(withheld).toHaveCount(0);
  await expect(ben.field("Email")).toContainText("tova@mandolin.example");
  await expect(ben.field("Country")).toContainText("Ruritania");
  await expect(ben.profile.locator(".tags .tag")).toHaveText("Wholesale");
  await expect(ben.profile.locator(".notes")).toContainText("collects ocarinas");
  await expect(ben.profile).toContainText("set Email: tova@mandolin.example");
  expect((await ears.everything()).some(({ text }) => secret.test(text)), "the ears were open").toBe(true);
  await ana.intervene.click();
  await expect(withheld).toBeVisible();
  await nothing();
  await expect(ben.bubble("an invoice, please")).toBeVisible();
  // Who has both chats sees it in both.
  await ana.goto("active");
  await ana.open(who);
  await expect(ana.field("Email")).toContainText("tova@mandolin.example");
  await ana.goto("intervened");
  await ana.open(who);
  await ana.resolve();
  await expect(ben.field("Email")).toContainText("tova@mandolin.example");
});

test("older notes are read page by page, stay while more are written, and lead to their place", async ({ sit, simulator }) => {
  const ana = await sit("Ana");
  const who = await simulator.customer("Nell Notebook");
  await ana.take(simulator, who);
  for (let n = 1; n <= 30; n++) await note(ana, `note ${n}.`);
  const notes = ana.profile.locator(".notes li span");
  const older = ana.profile.getByRole("button", { name: "Older notes" });
  const down = (from: number, to: number) => Array.from({ length: from - to + 1 }, (_, n) => `note ${from - n}.`);
  await ana.page.reload();
  await ana.live();
  await expect(notes).toHaveText(down(30, 26));
  await older.click();
  await expect(notes).toHaveText(down(30, 6));
  await note(ana, "note 31.");
  await expect(notes).toHaveText(down(31, 6));
  await older.click();
  await expect(notes).toHaveText(down(31, 1));
  await expect(older).toBeHidden();
  await ana.profile.locator(".notes button").last().click();
  await expect(ana.log.locator(".bubble[data-author=note][data-lit]")).toContainText("note 1.");
  await ana.resolve();

  // Whoever has few has no more to ask for.
  const few = await simulator.customer("Fritz Fewnotes");
  await ana.take(simulator, few);
  for (let n = 1; n <= 5; n++) await note(ana, `note ${n}.`);
  await expect(notes).toHaveText(down(5, 1));
  await expect(older).toBeHidden();
  await ana.resolve();
});

test("who came by an ad shows which, and its link opens a tab that knows nothing of this one", async ({ sit, simulator }) => {
  const ana = await sit("Ana");
  const comes = async (name: string, referral: object) => {
    const who = await simulator.customer(name);
    await simulator.raw(who, { type: "text", text: { body: "Can I get more info on this?" }, referral });
    await ana.open(who);
    return ana.profile.locator("dt", { hasText: /^Source$/ }).locator("xpath=following-sibling::dd[1]");
  };
  const ad = {
    source_url: "https://fb.example/3cr4Wqqkv",
    source_id: "120226305854810726",
    source_type: "ad",
    headline: "Chat with us",
    body: "Summer Succulents are here!",
    media_type: "image",
    image_url: "https://scontent.example/v/t45.jpg",
    ctwa_clid: "Aff-n8ZTODiE79d22KtAwQKj9e",
  };
  const source = await comes("Adele Adtapper", ad);
  await expect(source).toContainText("Ad · “Chat with us”");
  await expect(source.locator(".ad")).toHaveText("Summer Succulents are here!");
  const link = source.getByRole("link", { name: "Open the ad" });
  await expect(link).toHaveAttribute("href", ad.source_url);
  await expect(link).toHaveAttribute("target", "_blank");
  await expect(link).toHaveAttribute("rel", /\bnoopener\b/);
  const asked: Record<string, string>[] = [];
  await ana.context.route("https://fb.example/**", (route) => {
    asked.push(route.request().headers());
    return route.fulfill({ contentType: "text/html", body: "<title>The ad</title>" });
  });
  const opened = ana.context.waitForEvent("page");
  await link.click();
  const tab = await opened;
  await expect(tab).toHaveTitle("The ad");
  expect(await tab.evaluate(() => [window.opener, document.referrer])).toEqual([null, ""]);
  expect(asked.map((headers) => headers.referer)).toEqual([undefined]);
  await tab.close();
  await expect(ana.page.getByRole("heading", { level: 1 })).toHaveText("Adele Adtapper");

  // The first message tells where somebody came from, not a later ad.
  const plain = await simulator.customer("Otis Organic");
  await simulator.write(plain, "Hello");
  await ana.open(plain);
  const organic = ana.profile.locator("dl").first();
  await expect(organic).toContainText("Organic");
  await simulator.raw(plain, { type: "text", text: { body: "And this?" }, referral: ad });
  await expect(ana.bubble("And this?")).toBeVisible();
  await expect(organic).toContainText("Organic");

  // An address that no browser should follow is no link.
  const odd = await comes("Sly Scripted", { ...ad, headline: "", body: "", source_url: "javascript:alert(1)" });
  await expect(odd).toHaveText("Ad");
  await expect(odd.getByRole("link")).toHaveCount(0);
});

test("what the profile's words mean is told on demand, and put away again", async ({ sit, simulator }) => {
  const ana = await sit("Ana");
  const who = await simulator.customer("Wilma Wonders");
  await simulator.write(who, "Hello");
  await ana.open(who);
  const ask = ana.profile.getByRole("button", { name: "What these mean" });
  const told = ana.profile.locator(".explain");
  await expect(ask).toHaveAttribute("aria-expanded", "false");
  await expect(told).toHaveCount(0);
  await ask.click();
  await expect(ask).toHaveAttribute("aria-expanded", "true");
  const words = ["Status", "Last active", "Unresolved", "Template", "session", "Source", "blocked"];
  for (const word of [...words, "First message", "First seen", "phone numbers", "username"]) {
    await expect(told).toContainText(word);
  }
  // It stays while the profile is loaded again.
  await ana.set("Country", "Wonderland");
  await expect(ana.profile.locator(".journey .step", { hasText: "set Country: Wonderland" })).toBeVisible();
  await expect(told).toBeVisible();
  await ask.press("Enter");
  await expect(told).toHaveCount(0);
  await expect(ask).toHaveAttribute("aria-expanded", "false");
});

test("four parameters stand first, and one click shows the others", async ({ sit, simulator }) => {
  const ana = await sit("Ana");
  const who = await simulator.customer("Paula Parameters");
  await simulator.write(who, "Is this the shop?");
  await simulator.hears(who, "What can I do for you?");
  await ana.open(who);
  const names = ana.profile.locator("dt");
  const of = (name: string) => ana.profile.locator("dt", { hasText: new RegExp(`^${name}$`) }).locator("xpath=following-sibling::dd[1]");
  await expect(names).toHaveText(["Status", "Last active", "Source", "Unresolved"]);
  await expect(of("Status")).toHaveText("Active");
  await expect(of("Last active").locator("time")).toHaveText(/^today, \d\d:\d\d$/);
  await expect(of("Source")).toHaveText("Organic");
  await expect(of("Unresolved")).toHaveText("0");
  const more = ana.profile.getByRole("button", { name: "Show all" });
  await expect(more).toHaveAttribute("aria-expanded", "false");
  await more.click();
  const first = ["Status", "Last active", "Source", "Unresolved", "Templates", "Session", "First message", "Campaigns", "Blocked", "First seen"];
  expect((await names.allTextContents()).slice(0, first.length)).toEqual(first);
  await expect(of("Templates")).toHaveText("0");
  // Theirs and the bot's.
  await expect(of("Session")).toHaveText(String((await simulator.phone(who)).length));
  await expect(of("First message")).toHaveText("Is this the shop?");
  await expect(of("First seen").locator("time")).toHaveText(/^today, \d\d:\d\d$/);
  await expect(of("Phone")).toHaveText(`+${who.phone}`);
  await expect(of("WhatsApp id")).toHaveText(who.bsuid);

  // More comes, and what was opened stays so.
  await simulator.write(who, "Hello?");
  await expect(ana.bubble("Hello?")).toBeVisible();
  const unheard = async () => Number(await of("Session").textContent()) - (await simulator.phone(who)).length;
  await expect.poll(unheard).toBe(0);
  await expect(of("First message")).toHaveText("Is this the shop?");
  await ana.profile.getByRole("button", { name: "Show less" }).click();
  await expect(names).toHaveText(["Status", "Last active", "Source", "Unresolved"]);
});

test("a name that is not saved stays typed beside the reason, and one that is can be taken back", async ({ sit, simulator, allow }) => {
  // The name that is refused.
  allow(/status of 503/);
  const ana = await sit("Ana");
  const who = await simulator.customer("Noemi Name");
  await ana.take(simulator, who);
  const input = ana.profile.getByRole("textbox", { name: "Name", exact: true });
  const named = (name: string) => ana.profile.getByRole("button", { name: `Name: ${name}`, exact: true });
  const problem = ana.profile.locator("#name-problem");
  const refused = { status: 503, contentType: "application/json", body: '"Unavailable"' };
  await ana.page.route("**/api/rename_contact", (route) => route.fulfill(refused));
  await named("Noemi Name").click();
  await input.fill("Noemi Newname");
  await input.press("Enter");
  await expect(problem).not.toBeEmpty();
  await expect(input).toHaveValue("Noemi Newname");
  await expect(input).toBeFocused();
  // Whoever writes a message by then goes on writing.
  await input.fill("Noemi Nextname");
  const asked = ana.page.waitForResponse("**/api/rename_contact");
  await ana.composer.click();
  await asked;
  await expect(problem).not.toBeEmpty();
  await expect(input).toHaveValue("Noemi Nextname");
  await expect(ana.composer).toBeFocused();
  await ana.page.unroute("**/api/rename_contact");
  await input.press("Enter");
  await expect(named("Noemi Nextname")).toBeFocused();
  await expect(ana.profile).toContainText("changed the name: Noemi Name → Noemi Nextname");
  await ana.page.locator(".toast", { hasText: "Name saved." }).getByRole("button", { name: "Undo", exact: true }).click();
  await expect(named("Noemi Name")).toBeVisible();
  await expect(ana.profile).toContainText("changed the name: Noemi Nextname → Noemi Name");
  await ana.resolve();
});

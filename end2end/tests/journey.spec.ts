import { readFile } from "node:fs/promises";
import { expect, test, type Desk } from "../support/fixtures";
import { text } from "../support/simulator";

const steps = (desk: Desk) => desk.page.locator(".journey .step");
const step = (desk: Desk, words: string | RegExp) => steps(desk).filter({ hasText: words });
const journey = (desk: Desk) => desk.page.getByRole("region", { name: "Journey" });
const note = (desk: Desk) => desk.page.getByRole("textbox", { name: "Note", exact: true });

test("the journey is read by day and handling, filtered, and taken away as a file", async ({ sit, simulator }) => {
  const [ana, olivia] = [await sit("Ana"), await sit("Olivia")];
  const who = await simulator.customer("Jo Journey");
  await ana.take(simulator, who);
  await ana.say("Good day");
  await simulator.hears(who, "Good day");
  await expect(step(ana, "gave the first reply")).toBeVisible();
  await expect(ana.page.locator(".journey .episode")).toHaveText(/^waited .* · in progress$/);
  await ana.page.getByRole("button", { name: /^Resolve/ }).first().click();
  const dialog = ana.page.getByRole("dialog", { name: "Resolve this chat" });
  await dialog.getByRole("radio", { name: "Solved", exact: true }).click();
  await dialog.getByRole("textbox").fill("Sent a new one");
  await dialog.getByRole("button", { name: "Resolve" }).click();
  await expect(step(ana, "resolved · Solved")).toContainText("“Sent a new one”");
  await expect(ana.page.locator(".journey .episode")).toHaveText(/^waited .* · handled in /);
  await expect(ana.page.locator(".journey .heading")).toHaveText(["today"]);
  await expect(step(ana, "Asked for a person")).toContainText(/chose “Talk to a person”.*waited /);

  const kind = ana.page.getByLabel("What is shown");
  const by = ana.page.getByLabel("By whom");
  await kind.selectOption("Bot");
  await expect(step(ana, "The bot handed over to a person")).toBeVisible();
  await expect(step(ana, "resolved")).toHaveCount(0);
  await by.selectOption("By agents");
  await expect(steps(ana)).toHaveCount(0);
  await expect(ana.page.getByText("Nothing of this kind.")).toBeVisible();
  await kind.selectOption("Requests & agents");
  await expect(step(ana, "intervened")).toBeVisible();
  await expect(step(ana, "Asked for a person")).toHaveCount(0);
  // By one of them alone.
  await expect(by.getByRole("option", { name: "By Ben Okafor" })).toHaveCount(0);
  await by.selectOption("By Ana Silva");
  await expect(step(ana, "intervened")).toBeVisible();
  await kind.selectOption("Bot");
  await expect(steps(ana)).toHaveCount(0);
  await kind.selectOption("Requests & agents");
  await by.selectOption("By agents");
  await expect(step(ana, "intervened")).toBeVisible();
  // What happens meanwhile is filtered, too.
  await simulator.write(who, "Thank you");
  await expect(ana.bubble("Thank you")).toBeVisible();
  await expect(kind).toHaveValue("requests");
  await expect(step(ana, "First message")).toHaveCount(0);
  await kind.selectOption("Everything");
  await by.selectOption("By everybody");
  await expect(step(ana, "First message")).toBeVisible();

  // Supervisors take it away; agents are not offered it.
  await expect(ana.page.getByRole("link", { name: "csv" })).toHaveCount(0);
  await olivia.open(who);
  for (const [name, starts] of [["csv", "\ufeffat,kind,by"], ["json", "["]] as const) {
    const download = olivia.page.waitForEvent("download");
    await olivia.page.getByRole("link", { name, exact: true }).click();
    const file = await download;
    expect(file.suggestedFilename()).toMatch(new RegExp(`^journey-[0-9a-f-]{36}\\.${name.toLowerCase()}$`));
    const content = await readFile((await file.path())!, "utf8");
    expect(content.startsWith(starts)).toBe(true);
    expect(content).toContain("Sent a new one");
  }
  await expect(olivia.page.getByRole("heading", { level: 1 })).toHaveText("Jo Journey");
});

test("a step leads to its place far above, and the thread reads on to its end", async ({ sit, simulator }) => {
  const ana = await sit("Ana");
  const who = await simulator.customer("Lena Longthread");
  await ana.take(simulator, who);
  await ana.follow(simulator, who, Array.from({ length: 90 }, (_, n) => `line ${n + 1}.`));
  await ana.page.reload();
  await ana.live();
  await expect(ana.bubble("line 90.")).toBeVisible();
  await expect(ana.bubble("line 1.")).toHaveCount(0);

  await step(ana, "Asked for a person").click();
  await expect(ana.log.locator(".event[data-lit]")).toContainText("asked for a person");
  await expect(ana.log.locator(".event", { hasText: "asked for a person" })).toBeInViewport();
  await expect(ana.bubble("line 90.")).toHaveCount(0);
  // What is written meanwhile waits at the end.
  await simulator.write(who, "line 91.");
  const newest = ana.page.locator("button.jump");
  await expect(newest).toHaveText("1 new ↓");
  await expect(ana.bubble("line 91.")).toHaveCount(0);
  // Scrolling down loads what is between, until nothing is missing.
  await expect
    .poll(async () => {
      await ana.log.evaluate((log) => log.scrollTo(0, log.scrollHeight));
      return ana.bubble("line 91.").count();
    })
    .toBe(1);
  for (let n = 1; n <= 91; n++) await expect(ana.log.getByText(`line ${n}.`, { exact: true })).toHaveCount(1);

  await ana.page.reload();
  await ana.live();
  await step(ana, "First message").click();
  await expect(ana.log.locator(".bubble[data-lit]")).toContainText("Hello");
  await ana.page.getByRole("button", { name: "Newest ↓" }).click();
  await expect(ana.bubble("line 91.")).toBeInViewport();
  await ana.resolve();
});

test("a note with a mention reaches the other desk and never the customer's phone", async ({ sit, simulator }) => {
  const [ana, ben] = [await sit("Ana"), await sit("Ben")];
  const who = await simulator.customer("Nora Noted");
  await simulator.write(who, "Hello");
  await ana.open(who);
  await expect(ana.bubble("Hello").first()).toBeVisible();
  const lineBefore = await ana.row(who).innerText();
  await ana.page.keyboard.press("Shift+N");
  await expect(note(ana)).toBeFocused();
  await note(ana).pressSequentially("The parcel is at the depot, @be");
  const offer = ana.page.getByRole("listbox", { name: "Members who see this chat" });
  await expect(offer.getByRole("option")).toHaveText([/^Ben/]);
  await note(ana).press("Enter");
  await expect(note(ana)).toHaveValue("The parcel is at the depot, @Ben Okafor ");
  await note(ana).pressSequentially("please");
  await note(ana).press("Enter");
  const written = ana.log.locator(".bubble[data-author=note]");
  await expect(written).toContainText("The parcel is at the depot");
  await expect(written.locator(".mention")).toHaveText(/^@Ben/);
  await expect(note(ana)).toHaveValue("");

  await expect(ben.page.getByText(/^Ana.* mentioned you$/)).toBeVisible();
  await ben.page.getByRole("button", { name: "Show", exact: true }).click();
  await expect(ben.page.getByRole("heading", { level: 1 })).toHaveText("Nora Noted");
  await expect(ben.log.locator(".bubble[data-author=note][data-lit]")).toContainText("The parcel is at the depot");
  await expect(ben.log.locator(".mention[data-me=true]")).toBeVisible();
  await expect(ben.page.locator(".notes")).toContainText("The parcel is at the depot");
  await expect(step(ben, /wrote a note$/)).toBeVisible();

  // The list shows what the customer and the bot said.
  expect(await ana.row(who).innerText()).not.toContain("parcel");
  expect((await ana.row(who).innerText()).split("\n")[0]).toBe(lineBefore.split("\n")[0]);

  // Both are kept while one switches: the note beside the reply.
  await ana.page.getByRole("button", { name: "Reply" }).click();
  await ana.intervene.click();
  await ana.composer.fill("Dear Nora");
  await ana.page.getByRole("button", { name: /^Note/ }).click();
  await note(ana).fill("half a note");
  await ana.page.getByRole("button", { name: "Reply" }).click();
  await expect(ana.composer).toHaveValue("Dear Nora");
  const kept = ana.page.waitForResponse((answer) => (answer.request().postData() ?? "").includes("half a note, kept"));
  await ana.page.getByRole("button", { name: /^Note/ }).click();
  await expect(note(ana)).toHaveValue("half a note");
  await note(ana).fill("half a note, kept");
  await note(ana).blur();
  await kept;
  await ana.page.reload();
  await ana.live();
  await expect(ana.composer).toHaveValue("Dear Nora");
  await ana.page.getByRole("button", { name: /^Note/ }).click();
  await expect(note(ana)).toHaveValue("half a note, kept");
  // Nobody else sees the chat now: nobody is offered.
  await note(ana).fill("");
  await note(ana).pressSequentially("@");
  await expect(offer).toHaveCount(0);
  await note(ana).fill("@Ben Okafor cannot read this");
  await note(ana).press("Enter");
  await expect(written).toHaveCount(2);
  await expect(ana.log.locator(".mention")).toHaveCount(1);
  await expect(ben.page.getByText("This chat is now with another member.")).toBeVisible();

  await ana.page.getByRole("button", { name: "Reply" }).click();
  await ana.say("Your parcel will be with you tomorrow");
  await simulator.hears(who, "Your parcel will be with you tomorrow");
  const heard = (await simulator.phone(who)).map(text).join("\n");
  expect(heard).not.toMatch(/depot|cannot read this/);
  await ana.page.locator(".notes button").last().click();
  await expect(ana.log.locator(".bubble[data-author=note][data-lit]")).toContainText("The parcel is at the depot");
  await ana.resolve();
});

test("what a customer chose of the bot is a step, from a button and from a list", async ({ sit, simulator }) => {
  const ana = await sit("Ana");
  const who = await simulator.customer("Bo Buttons");
  await simulator.write(who, "Hello");
  await ana.open(who);
  await simulator.tap(who, "Track an order");
  const tapped = step(ana, "Customer chose “Track an order”");
  await expect(tapped).toHaveCount(1);
  await simulator.hears(who, "Please send me your order number.");
  await simulator.write(who, "20418");
  await simulator.tap(who, "Back to the menu");
  await simulator.tap(who, "Other questions");
  await simulator.tap(who, "Opening hours");
  await expect(step(ana, "Customer chose “Opening hours”")).toHaveCount(1);
  await expect(tapped).toHaveCount(1);
  // It is of the bot's part, and by the customer.
  const kind = ana.page.getByLabel("What is shown");
  await kind.selectOption("Bot");
  await ana.page.getByLabel("By whom").selectOption("By the customer");
  await expect(steps(ana)).toHaveText([/“Opening hours”/, /“Other questions”/, /“Back to the menu”/, /“Track an order”/]);
  await kind.selectOption("Requests & agents");
  await expect(tapped).toHaveCount(0);
});

test("older steps come page by page, under a filter too, each once", async ({ sit, simulator }) => {
  const ana = await sit("Ana");
  const who = await simulator.customer("Olly Older");
  await simulator.write(who, "Hello");
  await ana.open(who);
  await expect(step(ana, "First message")).toBeVisible();
  const chat = new URL(ana.page.url()).pathname.split("/").pop();
  for (let n = 1; n <= 40; n++) {
    const answer = await ana.call("rename_contact", { chat, name: `Olly ${n}` });
    expect(answer.ok(), await answer.text()).toBe(true);
  }
  await expect(step(ana, "Olly 39 → Olly 40")).toBeVisible();
  // What the open page had heard of it stays; one that is loaded begins with the newest.
  await ana.page.reload();
  await ana.live();
  const renamed = step(ana, "changed the name");
  const older = journey(ana).getByRole("button", { name: "Older", exact: true });
  await expect(renamed).toHaveCount(30);
  await expect(step(ana, "First message")).toHaveCount(0);
  await older.click();
  await expect(renamed).toHaveCount(40);
  await expect(step(ana, "First message")).toHaveCount(1);
  await expect(older).toBeHidden();
  const told = await renamed.allTextContents();
  told.forEach((words, place) => expect(words).toContain(`→ Olly ${40 - place}`));

  const kind = ana.page.getByLabel("What is shown");
  await kind.selectOption("Profile");
  await expect(renamed).toHaveCount(30);
  await older.click();
  await expect(renamed).toHaveCount(40);
  await expect(older).toBeHidden();
  await kind.selectOption("Messages & windows");
  await expect(renamed).toHaveCount(0);
  await expect(step(ana, "First message")).toHaveCount(1);
});

test("tags, attributes, merges, opt-ins and blocks are kinds of their own", async ({ sit, simulator }) => {
  const ana = await sit("Ana");
  const who = await simulator.customer("Kira Kinds");
  await simulator.write(who, "Hello");
  await ana.open(who);
  await ana.set("Email", "kira@kinds.example");
  await ana.page.keyboard.press("g");
  await ana.page.getByRole("combobox", { name: "Search tags" }).fill("invoice");
  await ana.page.getByRole("combobox", { name: "Search tags" }).press("Enter");
  await expect(step(ana, "gave the tag Topic · Invoice")).toBeVisible();
  const chat = new URL(ana.page.url()).pathname.split("/").pop();
  for (const [name, data] of [["rename_contact", { name: "Kira Kindly" }], ["set_opted", { opted: "out" }]] as const) {
    const answer = await ana.call(name, { chat, ...data });
    expect(answer.ok(), await answer.text()).toBe(true);
  }
  await expect(step(ana, "opted out of campaigns")).toBeVisible();

  const kind = ana.page.getByLabel("What is shown");
  await kind.selectOption("Tags");
  await expect(steps(ana)).toHaveText([/gave the tag Topic · Invoice/]);
  await kind.selectOption("Attributes");
  await expect(steps(ana)).toHaveText([/set Email: kira@kinds\.example/]);
  await kind.selectOption("Opt-ins and blocks");
  await expect(steps(ana)).toHaveText([/opted out of campaigns/]);
  await kind.selectOption("Merges");
  await expect(steps(ana)).toHaveCount(0);
  await expect(ana.page.getByText("Nothing of this kind.")).toBeVisible();
  await kind.selectOption("Profile");
  for (const words of ["gave the tag", "set Email", "opted out", "changed the name"]) await expect(step(ana, words)).toHaveCount(1);
});

test("under a filter nothing else is shown while it loads or where it fails, and it is tried again", async ({ sit, simulator, allow }) => {
  allow(/status of 500/);
  const ana = await sit("Ana");
  const who = await simulator.customer("Fay Filterfails");
  await ana.take(simulator, who);
  await expect(step(ana, "The bot handed over to a person")).toBeVisible();
  await expect(step(ana, "First message")).toBeVisible();
  let answer = (): void => undefined;
  const held = new Promise<void>((done) => (answer = done));
  await ana.page.route("**/api/journey_page", async (route) => {
    await held;
    await route.fulfill({ status: 500, contentType: "application/json", body: '"Internal"' });
  });
  const asked = ana.page.waitForRequest("**/api/journey_page");
  await ana.page.getByLabel("What is shown").selectOption("Bot");
  await asked;
  await expect(journey(ana).getByText("Loading …")).toBeVisible();
  await expect(steps(ana)).toHaveCount(0);
  await expect(journey(ana).getByText("Nothing of this kind.")).toHaveCount(0);
  answer();
  const problem = journey(ana).getByRole("alert");
  await expect(problem).toContainText("Something went wrong on our side.");
  await expect(steps(ana)).toHaveCount(0);
  await expect(journey(ana).getByText("Nothing of this kind.")).toHaveCount(0);
  await ana.page.unroute("**/api/journey_page");
  await problem.getByRole("button", { name: "Try again" }).click();
  await expect(step(ana, "The bot handed over to a person")).toBeVisible();
  await expect(step(ana, "First message")).toHaveCount(0);
  await expect(problem).toHaveCount(0);
  await ana.resolve();
});

test("a step that happened in no chat leads to where the thread stood then", async ({ sit, simulator, baton }) => {
  const [ana, olivia] = [await sit("Ana"), await sit("Olivia")];
  const who = await simulator.customer("Ada Attributed");
  await simulator.write(who, "Good morning");
  await simulator.hears(who, "What can I do for you?");
  await ana.open(who);
  const made = await olivia.call("create_api_key", { name: "Attributes of the shop", scopes: ["contacts:read", "contacts:write"] });
  expect(made.ok(), await made.text()).toBe(true);
  const answer = await fetch(`${baton.url}/api/v1/contacts`, {
    method: "POST",
    headers: { authorization: `Bearer ${await made.json()}`, "content-type": "application/json" },
    body: JSON.stringify({ phone: who.phone, attributes: { email: "ada@shop.example" } }),
  });
  expect(answer.ok, await answer.text()).toBe(true);
  const set = step(ana, "Attributes of the shop (API) set Email: ada@shop.example");
  await expect(set).toBeVisible();
  await ana.take(simulator, who);
  await ana.follow(simulator, who, Array.from({ length: 90 }, (_, n) => `line ${n + 1}.`));
  await ana.page.reload();
  await ana.live();
  await expect(ana.bubble("line 90.")).toBeVisible();
  await expect(ana.bubble("Good morning")).toHaveCount(0);
  await set.click();
  await expect(ana.log.locator("[data-lit]")).toBeInViewport();
  await expect(ana.bubble("Good morning")).toBeVisible();
  await expect(ana.bubble("line 90.")).toHaveCount(0);
  await ana.resolve();
});

test("whom a note can mention follows who holds the chat, and is asked for again where that failed", async ({ sit, simulator, allow }) => {
  allow(/status of 500/);
  const ana = await sit("Ana");
  const who = await simulator.customer("Mia Mentions");
  await ana.take(simulator, who);
  await ana.page.getByRole("button", { name: /^Note/ }).click();
  await expect(note(ana)).toBeFocused();
  const offer = ana.page.getByRole("listbox", { name: "Members who see this chat" });
  const asked = ana.page.waitForResponse("**/api/mentionable");
  await note(ana).pressSequentially("@");
  await asked;
  await expect(offer).toHaveCount(0);
  // Nobody holds it any more, and the note is still open.
  await ana.resolve();
  await note(ana).fill("");
  await note(ana).pressSequentially("@be");
  await expect(offer.getByRole("option")).toHaveText([/^Ben/]);

  await ana.page.route("**/api/mentionable", (route) =>
    route.fulfill({ status: 500, contentType: "application/json", body: '"Internal"' }),
  );
  await note(ana).fill("");
  await simulator.write(who, "Are you still there?");
  await expect(ana.bubble("Are you still there?")).toBeVisible();
  const failed = ana.page.waitForResponse("**/api/mentionable");
  await note(ana).pressSequentially("@");
  await failed;
  await expect(offer).toHaveCount(0);
  await ana.page.unroute("**/api/mentionable");
  await note(ana).pressSequentially("be");
  await expect(offer.getByRole("option")).toHaveText([/^Ben/]);
  await note(ana).fill("");
});

import type { Locator } from "@playwright/test";
import { expect, test, type Desk } from "../support/fixtures";

function profile(desk: Desk): Locator {
  return desk.page.getByRole("complementary", { name: "Profile" });
}

function field(desk: Desk, name: string): Locator {
  return profile(desk).locator(`[data-attribute="${name}"]`);
}

function value(desk: Desk, name: string, value: string): Locator {
  return field(desk, name).getByRole("button", { name: `${name}: ${value}`, exact: true });
}

async function manage(desk: Desk, page: "attributes" | "outcomes"): Promise<void> {
  await desk.page.goto(`${desk.url}/manage/${page}`);
  await expect(desk.page.locator("body")).toHaveAttribute("data-hydrated", "true");
  await expect(desk.page.getByText("Loading …")).toHaveCount(0);
}

/// A supervisor defines an attribute.
async function define(
  olivia: Desk,
  name: string,
  kind: string,
  more: { options?: string; help?: string; required?: boolean } = {},
): Promise<void> {
  await manage(olivia, "attributes");
  await olivia.page.getByRole("button", { name: "New attribute" }).click();
  const form = olivia.page.getByRole("dialog", { name: "New attribute" });
  await form.getByLabel("Name").fill(name);
  await form.getByLabel("Kind").selectOption({ label: kind });
  if (more.options) await form.getByLabel("Options, one a line").fill(more.options);
  if (more.help) await form.getByLabel("Help (optional)").fill(more.help);
  if (more.required) await form.getByLabel("Required when an agent resolves a chat").check();
  await form.getByRole("button", { name: "Save" }).click();
  await expect(form).toBeHidden();
  await expect(olivia.page.locator(`[data-attribute="${name}"]`)).toBeVisible();
}

/// And deletes it again, with its values: what is required would be asked for in other tests.
async function remove(olivia: Desk, ...names: string[]): Promise<void> {
  await manage(olivia, "attributes");
  for (const name of names) {
    await olivia.page.getByRole("button", { name: `Delete ${name}`, exact: true }).click();
    await olivia.page.getByRole("dialog", { name: "Delete an attribute" }).getByRole("button", { name: /^Delete/ }).click();
    await expect(olivia.page.locator(`[data-attribute="${name}"]`)).toHaveCount(0);
  }
}

/// Holds the values that a screen sets, until they are let go: to the server, or refused.
async function hold(desk: Desk): Promise<(refused?: "refused") => void> {
  let go: (refused?: "refused") => void = () => undefined;
  const gone = new Promise<"refused" | undefined>((done) => (go = done));
  await desk.page.route("**/api/set_attribute", async (route) => {
    const refused = { status: 503, contentType: "application/json", body: '"Unavailable"' };
    await ((await gone) ? route.fulfill(refused) : route.continue());
  });
  return go;
}

test("an agent corrects an e-mail address while they talk, and every screen has it", async ({ sit, simulator }) => {
  const [ana, second] = [await sit("Ana"), await sit("Ana")];
  const who = await simulator.customer("Mila Mistyped");
  await ana.take(simulator, who);
  await second.tab("Intervened").click();
  await second.open(who);

  await field(ana, "Email").getByRole("button", { name: "Add Email" }).click();
  const input = field(ana, "Email").getByRole("textbox", { name: "Email" });
  await expect(input).toBeFocused();
  await input.fill("mila@exmaple");
  await input.press("Enter");
  await expect(field(ana, "Email").getByRole("alert")).toHaveText("This is not an e-mail address, like name@example.com.");
  await expect(input).toHaveValue("mila@exmaple");

  // Meanwhile the profile is loaded again: what is being typed stays.
  await simulator.write(who, "are you still there?");
  await expect(ana.bubble("are you still there?")).toBeVisible();
  await expect(profile(second)).toContainText("Add …");
  await expect(input).toBeFocused();
  await input.fill("mila@example.com");
  await input.press("Enter");
  await expect(value(ana, "Email", "mila@example.com")).toBeFocused();
  await expect(value(second, "Email", "mila@example.com")).toBeVisible();
  await expect(profile(second)).toContainText("set Email: mila@example.com");

  await value(ana, "Email", "mila@example.com").press("Enter");
  await input.fill("something else");
  await input.press("Escape");
  await expect(value(ana, "Email", "mila@example.com")).toBeFocused();
  await expect(ana.composer).toBeVisible();

  // Leaving the field saves; ten seconds to think better of it.
  await value(ana, "Email", "mila@example.com").click();
  await input.fill("mila.m@example.com");
  await ana.composer.click();
  await expect(value(second, "Email", "mila.m@example.com")).toBeVisible();
  await expect(profile(second)).toContainText("set Email: mila@example.com → mila.m@example.com");
  await ana.page.getByText("Email saved.").last().locator("..").getByRole("button", { name: "Undo" }).click();
  await expect(value(ana, "Email", "mila@example.com")).toBeVisible();
  await expect(value(second, "Email", "mila@example.com")).toBeVisible();

  // Every kind has its field.
  await field(ana, "Level").getByRole("button", { name: "Add Level" }).click();
  await field(ana, "Level").getByRole("combobox").selectOption("Gold");
  await field(ana, "Level").getByRole("combobox").press("Enter");
  await expect(value(second, "Level", "Gold")).toBeVisible();
  await field(ana, "Interests").getByRole("button", { name: "Add Interests" }).click();
  await field(ana, "Interests").getByText("Lighting").click();
  await field(ana, "Interests").getByRole("checkbox", { name: "Garden" }).check();
  await field(ana, "Interests").getByRole("checkbox", { name: "Garden" }).press("Enter");
  await expect(value(second, "Interests", "Garden, Lighting")).toBeVisible();
  await field(ana, "Customer since").getByRole("button", { name: "Add Customer since" }).click();
  await field(ana, "Customer since").getByLabel("Customer since").fill("2024-05-03");
  await field(ana, "Customer since").getByLabel("Customer since").press("Enter");
  await expect(value(second, "Customer since", "3 May 2024")).toBeVisible();
  await field(ana, "Orders total").getByRole("button", { name: "Add Orders total" }).click();
  await field(ana, "Orders total").getByRole("textbox").fill("€ 1.234,5");
  await field(ana, "Orders total").getByRole("textbox").press("Enter");
  await expect(value(second, "Orders total", "1,234.50 EUR")).toBeVisible();
  await field(ana, "Website").getByRole("button", { name: "Add Website" }).click();
  await field(ana, "Website").getByRole("textbox").fill("mila.example");
  await field(ana, "Website").getByRole("textbox").press("Enter");
  await expect(field(second, "Website").getByRole("link", { name: "Open Website" })).toHaveAttribute("href", "https://mila.example");
  await ana.resolve();
});

test("two agents at one value: the later one chooses", async ({ sit, simulator }) => {
  const [ana, ben] = [await sit("Ana"), await sit("Ben")];
  const who = await simulator.customer("Carl Contested");
  await simulator.write(who, "hello");
  await ana.open(who);
  await ben.open(who);
  const input = field(ana, "Email").getByRole("textbox", { name: "Email" });

  await field(ana, "Email").getByRole("button", { name: "Add Email" }).click();
  await input.fill("carl@ana.example");
  await field(ben, "Email").getByRole("button", { name: "Add Email" }).click();
  await field(ben, "Email").getByRole("textbox").fill("carl@ben.example");
  await field(ben, "Email").getByRole("textbox").press("Enter");
  await expect(profile(ana)).toContainText("set Email: carl@ben.example");
  await expect(input).toHaveValue("carl@ana.example");
  await input.press("Enter");
  await expect(field(ana, "Email").getByRole("alert")).toContainText("Ben Okafor set it to “carl@ben.example” just now.");
  await field(ana, "Email").getByRole("button", { name: "Keep theirs" }).click();
  await expect(field(ana, "Email").getByRole("alert")).toHaveCount(0);
  await expect(value(ana, "Email", "carl@ben.example")).toBeVisible();

  await value(ana, "Email", "carl@ben.example").click();
  await input.fill("carl@ana.example");
  await value(ben, "Email", "carl@ben.example").click();
  await field(ben, "Email").getByRole("textbox").fill("");
  await field(ben, "Email").getByRole("textbox").press("Enter");
  await expect(profile(ana)).toContainText("set Email: carl@ben.example → nothing");
  await input.press("Enter");
  await expect(field(ana, "Email").getByRole("alert")).toContainText("Ben Okafor cleared it just now.");
  await field(ana, "Email").getByRole("button", { name: "Use mine" }).click();
  await expect(value(ana, "Email", "carl@ana.example")).toBeVisible();
  await expect(value(ben, "Email", "carl@ana.example")).toBeVisible();
});

test("what was typed outlives the chat that it was typed in, and so does why it was not saved", async ({ sit, simulator, allow }) => {
  const ana = await sit("Ana");
  const [who, other] = [await simulator.customer("Greta Gone"), await simulator.customer("Hugo Here")];
  await simulator.write(who, "hello");
  await simulator.write(other, "hello");
  await ana.open(who);
  const input = ana.field("Email").getByRole("textbox", { name: "Email" });
  const toast = ana.page.locator(".toast").filter({ hasText: "was not saved" });

  // The server refuses it when the next chat is open already.
  let refuse = (): void => undefined;
  await ana.page.route("**/api/set_attribute", async (route) => {
    await new Promise<void>((done) => (refuse = done));
    await route.fulfill({ status: 503, contentType: "application/json", body: '"Unavailable"' });
  });
  await ana.field("Email").getByRole("button", { name: "Add Email" }).click();
  await input.fill("greta@example.com");
  const asked = ana.page.waitForRequest("**/api/set_attribute");
  await input.press("Enter");
  await asked;
  await ana.open(other);
  refuse();
  await expect(toast).toContainText("Email “greta@example.com” was not saved.");
  await toast.getByRole("button", { name: "Go back" }).click();
  await expect(ana.page.getByRole("heading", { level: 1 })).toHaveText("Greta Gone");
  await expect(ana.field("Email").getByRole("button", { name: "Add Email" })).toBeVisible();
  await ana.page.unroute("**/api/set_attribute");
  allow(/status of 503/);

  // What stands beside its problem goes with the chat not unseen either.
  await ana.field("Email").getByRole("button", { name: "Add Email" }).click();
  await input.fill("greta at example");
  await input.press("Enter");
  await expect(ana.field("Email").getByRole("alert")).not.toBeEmpty();
  await ana.open(other);
  await expect(toast).toContainText("Email “greta at example” was not saved. This is not an e-mail address");
});

test("who opens a field and changes nothing has nothing to say to what others set meanwhile", async ({ sit, simulator }) => {
  const [ana, ben] = [await sit("Ana"), await sit("Ben")];
  const who = await simulator.customer("Nora Nothing");
  await simulator.write(who, "hello");
  await ana.open(who);
  await ben.open(who);
  await ana.set("Email", "nora@old.example");
  await value(ana, "Email", "nora@old.example").click();
  await expect(field(ana, "Email").getByRole("textbox")).toBeFocused();
  // Ben replaces what he sees: nothing to choose for him.
  await expect(value(ben, "Email", "nora@old.example")).toBeVisible();
  await ben.set("Email", "nora@new.example");
  await expect(profile(ana)).toContainText("set Email: nora@old.example → nora@new.example");
  await field(ana, "Email").getByRole("textbox").press("Enter");
  await expect(value(ana, "Email", "nora@new.example")).toBeVisible();
  await expect(field(ana, "Email").getByRole("alert")).toHaveCount(0);
});

test("a supervisor who watches reads and does not write", async ({ sit, simulator }) => {
  const [ana, olivia] = [await sit("Ana"), await sit("Olivia")];
  const who = await simulator.customer("Wanda Watched");
  await ana.take(simulator, who);
  await field(ana, "Email").getByRole("button", { name: "Add Email" }).click();
  await field(ana, "Email").getByRole("textbox").fill("wanda@example.com");
  await field(ana, "Email").getByRole("textbox").press("Enter");
  await expect(value(ana, "Email", "wanda@example.com")).toBeVisible();
  const chat = await ana.row(who).getAttribute("data-chat");
  await olivia.goto("intervened");
  await olivia.page.locator(`a.held[data-chat="${chat}"]`).click();
  await olivia.page.getByRole("button", { name: "Watch" }).click();
  await expect(field(olivia, "Email")).toContainText("wanda@example.com");
  await expect(field(olivia, "Email").getByRole("button")).toHaveCount(0);
  await olivia.page.getByRole("button", { name: "Stop watching" }).click();
  await ana.resolve();
});

test("what a supervisor requires is asked for at Resolve, by keyboard", async ({ sit, simulator }) => {
  const [ana, olivia] = [await sit("Ana"), await sit("Olivia")];
  await manage(olivia, "attributes");
  await olivia.page.getByRole("button", { name: "New attribute" }).click();
  const form = olivia.page.getByRole("dialog", { name: "New attribute" });
  await form.getByLabel("Name").fill("Topic");
  await form.getByLabel("Kind").selectOption("One of a list");
  await form.getByLabel("Options, one a line").fill("Delivery\nReturn\nInvoice");
  await form.getByLabel("Required when an agent resolves a chat").check();
  await form.getByRole("button", { name: "Save" }).click();
  await expect(form).toBeHidden();
  const defined = olivia.page.getByRole("list", { name: "Attributes", exact: true }).locator('[data-attribute="Topic"]');
  await expect(defined).toContainText("required at Resolve");

  const who = await simulator.customer("Rex Required");
  await ana.take(simulator, who);
  await expect(field(ana, "Topic")).toContainText("Add …");
  await ana.composer.press("Escape");
  await ana.page.keyboard.press("e");
  const dialog = ana.page.getByRole("dialog", { name: "Resolve this chat" });
  const topic = dialog.getByRole("combobox", { name: "Topic" });
  await expect(topic).toBeFocused();
  await dialog.getByRole("button", { name: "Resolve" }).press("Enter");
  await expect(dialog.getByText("Needed before you resolve.")).toBeVisible();
  await dialog.getByRole("radio", { name: "Solved", exact: true }).press("ArrowRight");
  await expect(dialog.getByRole("radio", { name: "Not solved" })).toBeFocused();
  await topic.selectOption("Return");
  await dialog.getByRole("button", { name: "Resolve" }).press("Enter");
  await expect(dialog).toBeHidden();
  await expect(ana.log).toContainText("you resolved · Not solved");
  await expect(value(ana, "Topic", "Return")).toBeVisible();

  // Whoever goes on while the answer is being saved resolves nothing, least of all what is open by then.
  const [first, second] = [await simulator.customer("Rita Required"), await simulator.customer("Saul Second")];
  await ana.take(simulator, second);
  await ana.take(simulator, first);
  const resolved: string[] = [];
  ana.page.on("request", (request) => request.url().endsWith("/api/resolve") && resolved.push(request.url()));
  let save = (): void => undefined;
  await ana.page.route("**/api/set_attribute", async (route) => {
    await new Promise<void>((done) => (save = done));
    await route.continue();
  });
  await ana.leave();
  await ana.page.keyboard.press("e");
  await topic.selectOption("Invoice");
  const asked = ana.page.waitForRequest("**/api/set_attribute");
  await dialog.getByRole("button", { name: "Resolve" }).press("Enter");
  await asked;
  await ana.page.keyboard.press("Escape");
  await ana.tab("Intervened").click();
  await ana.open(second);
  const saved = ana.page.waitForResponse("**/api/set_attribute");
  save();
  await saved;
  await ana.page.unroute("**/api/set_attribute");
  await ana.open(first);
  await expect(value(ana, "Topic", "Invoice")).toBeVisible();
  for (const who of [first, second]) {
    await ana.open(who);
    await expect(ana.composer).toBeVisible();
  }
  expect(resolved).toEqual([]);

  // In use it is not deleted by mistake.
  await olivia.page.reload();
  await expect(defined).toContainText("2 contacts");
  await defined.getByRole("button", { name: "Delete Topic" }).click();
  const sure = olivia.page.getByRole("dialog", { name: "Delete an attribute" });
  await expect(sure).toContainText("2 contacts have a value for “Topic”.");
  await sure.getByRole("button", { name: "Archive instead" }).click();
  const archived = olivia.page.getByRole("list", { name: "Archived attributes" }).locator('[data-attribute="Topic"]');
  await archived.getByRole("button", { name: "Delete Topic" }).click();
  await sure.getByRole("button", { name: "Delete with its values" }).click();
  await expect(olivia.page.locator('[data-attribute="Topic"]')).toHaveCount(0);
  await expect(field(ana, "Topic")).toHaveCount(0);
});

test("attributes are put into an order", async ({ sit, simulator }) => {
  const [ana, olivia] = [await sit("Ana"), await sit("Olivia")];
  const who = await simulator.customer("Otto Ordered");
  await simulator.write(who, "hello");
  await ana.open(who);
  const names = () => profile(ana).locator(".field > .name").allTextContents();
  await expect.poll(async () => (await names())[0]).toBe("Email");
  await manage(olivia, "attributes");
  await olivia.page.getByRole("button", { name: "Move Email down" }).click();
  await expect.poll(async () => (await names()).slice(0, 2)).toEqual(["Country", "Email"]);
  await olivia.page.getByRole("button", { name: "Move Email up" }).click();
  await expect.poll(async () => (await names())[0]).toBe("Email");
});

test("outcomes are kept in Manage and chosen at Resolve", async ({ sit, simulator, allow }) => {
  // The name that is taken.
  allow(/422/);
  const [ana, olivia] = [await sit("Ana"), await sit("Olivia")];
  await manage(olivia, "outcomes");
  await olivia.page.getByLabel("New outcome").fill("solved");
  await olivia.page.getByRole("button", { name: "Add" }).click();
  await expect(olivia.page.getByText("There is an outcome “solved” already.")).toBeVisible();
  await olivia.page.getByLabel("New outcome").fill("Refund");
  await olivia.page.getByRole("button", { name: "Add" }).click();
  const list = olivia.page.getByRole("list", { name: "Outcomes", exact: true });
  await expect(list.getByRole("listitem").last()).toContainText("Refund");

  const who = await simulator.customer("Olga Outcome");
  await ana.take(simulator, who);
  await ana.page.getByRole("button", { name: /^Resolve/ }).first().click();
  const dialog = ana.page.getByRole("dialog", { name: "Resolve this chat" });
  await expect(dialog.getByRole("radio", { name: "Refund", exact: true })).toBeVisible();
  await list.getByRole("button", { name: "Rename Refund" }).click();
  await list.getByLabel("New name of Refund").fill("Refunded");
  await list.getByRole("button", { name: "Save" }).click();
  await dialog.getByRole("radio", { name: "Refunded", exact: true }).click();
  await dialog.getByRole("button", { name: "Resolve" }).click();
  await expect(ana.log).toContainText("you resolved · Refunded");
  await olivia.page.reload();
  await expect(list.locator('[data-outcome="Refunded"]')).toContainText("chosen once");
  await list.getByRole("button", { name: "Move Refunded up" }).click();
  await expect(list.getByRole("listitem").nth(3)).toContainText("Refunded");
  await list.getByRole("button", { name: "Archive Refunded" }).click();
  await expect(olivia.page.getByRole("list", { name: "Archived outcomes" })).toContainText("Refunded");
});

test("agents manage neither", async ({ sit }) => {
  const ben = await sit("Ben");
  for (const name of ["list_attributes", "list_outcomes"]) {
    const answer = await ben.page.request.post(`${ben.url}/api/${name}`, { data: {}, headers: { origin: ben.url } });
    expect([answer.status(), await answer.text()]).toEqual([403, expect.stringContaining("Forbidden")]);
  }
});

test("a date that stands there in part is explained, and neither saved nor lost", async ({ sit, simulator }) => {
  const ana = await sit("Ana");
  const who = await simulator.customer("Dora Dated");
  await simulator.write(who, "hello");
  await ana.open(who);
  const since = field(ana, "Customer since");
  const input = since.getByLabel("Customer since", { exact: true });
  const half = () => input.evaluate((input: HTMLInputElement) => input.validity.badInput);
  const saved: string[] = [];
  ana.page.on("request", (request) => request.url().endsWith("/api/set_attribute") && saved.push(request.url()));

  // Day or month, whichever comes first here.
  await since.getByRole("button", { name: "Add Customer since" }).click();
  await expect(input).toBeFocused();
  await ana.page.keyboard.type("05");
  await ana.page.keyboard.press("Enter");
  await expect(since.getByRole("alert")).toHaveText("Complete the date, or empty the field.");
  expect([await half(), saved]).toEqual([true, []]);
  await ana.page.keyboard.type("05");
  await ana.page.keyboard.type("2024");
  await ana.page.keyboard.press("Enter");
  await expect(value(ana, "Customer since", "5 May 2024")).toBeFocused();

  // One part deleted: leaving the field clears nothing either.
  await ana.page.keyboard.press("Enter");
  await expect(input).toBeFocused();
  await ana.page.keyboard.press("Backspace");
  await ana.page.getByRole("heading", { level: 1 }).click();
  await expect(since.getByRole("alert")).toHaveText("Complete the date, or empty the field.");
  expect([await half(), saved.length]).toEqual([true, 1]);
  await input.fill("2024-05-06");
  await input.press("Enter");
  await expect(value(ana, "Customer since", "6 May 2024")).toBeVisible();
  await value(ana, "Customer since", "6 May 2024").click();
  await input.fill("");
  await input.press("Enter");
  await expect(since.getByRole("button", { name: "Add Customer since" })).toBeVisible();
  await expect(profile(ana)).toContainText("set Customer since: 6 May 2024 → nothing");
  expect(saved).toHaveLength(3);
});

test("an option that is offered no more is seen, can be taken off, and is in nobody's way", async ({ sit, simulator }) => {
  const [ana, olivia] = [await sit("Ana"), await sit("Olivia")];
  await define(olivia, "Extras", "Several of a list", { options: "Rope\nSail\nOar" });
  await define(olivia, "Grade", "One of a list", { options: "Fine\nPlain" });
  const who = await simulator.customer("Stella Stale");
  await simulator.write(who, "hello");
  await ana.open(who);
  const [extras, grade] = [field(ana, "Extras"), field(ana, "Grade")];
  const option = (name: string) => extras.getByRole("checkbox", { name, exact: true });
  await extras.getByRole("button", { name: "Add Extras" }).click();
  await option("Rope").check();
  await option("Sail").check();
  await option("Sail").press("Enter");
  await grade.getByRole("button", { name: "Add Grade" }).click();
  await grade.getByRole("combobox").selectOption("Plain");
  await grade.getByRole("combobox").press("Enter");
  await expect(profile(ana)).toContainText("set Extras: Rope, Sail");
  await expect(profile(ana)).toContainText("set Grade: Plain");
  for (const [name, options] of [["Extras", "Sail\nOar"], ["Grade", "Fine"]] as const) {
    await olivia.page.getByRole("button", { name: `Edit ${name}`, exact: true }).click();
    const form = olivia.page.getByRole("dialog", { name: `Edit ${name}` });
    await form.getByLabel("Options, one a line").fill(options);
    await form.getByRole("button", { name: "Save" }).click();
    // Asked what becomes of the value: it stays as it is.
    await expect(form.getByLabel("These values")).toBeVisible();
    await form.getByRole("button", { name: "Save" }).click();
    await expect(form).toBeHidden();
  }

  // Who opens a field and leaves it has nothing to do with the list.
  await ana.page.reload();
  await ana.live();
  await value(ana, "Grade", "Plain").click();
  await expect(grade.getByRole("combobox")).toBeFocused();
  await expect(grade.getByRole("option", { name: "Plain (no longer offered)" })).toHaveAttribute("value", "Plain");
  await grade.getByRole("combobox").press("Enter");
  await expect(value(ana, "Grade", "Plain")).toBeFocused();
  await value(ana, "Extras", "Rope, Sail").click();
  await expect(option("Rope no longer offered")).toBeChecked();
  await expect(option("Sail")).toBeChecked();
  await expect(option("Oar")).not.toBeChecked();
  await ana.page.getByRole("heading", { level: 1 }).click();
  await expect(value(ana, "Extras", "Rope, Sail")).toBeVisible();

  // Who changes the value takes it off.
  await value(ana, "Extras", "Rope, Sail").click();
  await option("Oar").check();
  await option("Oar").press("Enter");
  await expect(extras.getByRole("alert")).toHaveText("“Rope” is no longer offered. Take it off, then save.");
  await option("Rope no longer offered").uncheck();
  await option("Oar").press("Enter");
  await expect(value(ana, "Extras", "Sail, Oar")).toBeVisible();
  await expect(profile(ana)).toContainText("set Extras: Rope, Sail → Sail, Oar");
  await remove(olivia, "Extras", "Grade");
});

test("what comes of a value that was left takes the keyboard from nobody who types a message", async ({ sit, simulator, allow }) => {
  // The value that is refused.
  allow(/status of 503/);
  const [ana, second] = [await sit("Ana"), await sit("Ana")];
  const who = await simulator.customer("Tina Typing");
  await ana.take(simulator, who);
  await second.tab("Intervened").click();
  await second.open(who);
  const email = field(ana, "Email");
  const input = email.getByRole("textbox", { name: "Email" });
  const leave = async (typed: string) => {
    await input.fill(typed);
    const asked = ana.page.waitForRequest("**/api/set_attribute");
    await ana.composer.click();
    await asked;
  };

  let go = await hold(ana);
  await email.getByRole("button", { name: "Add Email" }).click();
  await leave("tina@mine.example");
  await second.set("Email", "tina@theirs.example");
  await expect(profile(second)).toContainText("set Email: tina@theirs.example");
  go();
  await expect(email.getByRole("alert")).toContainText("Ana Silva set it to “tina@theirs.example” just now.");
  await ana.page.keyboard.type("Good morning to you");
  await expect(ana.composer).toBeFocused();
  await expect(ana.composer).toHaveValue("Good morning to you");
  await email.getByRole("button", { name: "Use mine" }).click();
  await expect(value(ana, "Email", "tina@mine.example")).toBeFocused();
  await expect(value(second, "Email", "tina@mine.example")).toBeVisible();
  await ana.page.unroute("**/api/set_attribute");

  go = await hold(ana);
  await value(ana, "Email", "tina@mine.example").click();
  await leave("tina@refused.example");
  go("refused");
  await expect(email.getByRole("alert")).not.toBeEmpty();
  await expect(input).toHaveValue("tina@refused.example");
  await expect(ana.composer).toBeFocused();
  await ana.page.unroute("**/api/set_attribute");

  // Nor does a mistake that was corrected long since.
  await input.fill("tina at home");
  await input.press("Enter");
  await expect(email.getByRole("alert")).toHaveText("This is not an e-mail address, like name@example.com.");
  await leave("tina@home.example");
  await expect(value(ana, "Email", "tina@home.example")).toBeVisible();
  await expect(value(second, "Email", "tina@home.example")).toBeVisible();
  await expect(ana.composer).toBeFocused();
  await ana.composer.fill("");
  await ana.resolve();
});

test("what the server said before an edit does not take it back", async ({ sit, simulator }) => {
  const ana = await sit("Ana");
  const who = await simulator.customer("Livia Late");
  await simulator.write(who, "hello");
  await ana.open(who);
  await expect(field(ana, "Email").getByRole("button", { name: "Add Email" })).toBeVisible();
  let release: () => void = () => undefined;
  const released = new Promise<void>((done) => (release = done));
  const read = new Promise<void>((known) => {
    void ana.page.route("**/api/open_profile", async (route) => {
      const response = await route.fetch();
      known();
      await released;
      await route.fulfill({ response });
    });
  });
  await simulator.write(who, "one more thing");
  await read;
  const go = await hold(ana);
  await field(ana, "Email").getByRole("button", { name: "Add Email" }).click();
  await field(ana, "Email").getByRole("textbox").fill("livia@late.example");
  await ana.page.keyboard.press("Enter");
  await expect(value(ana, "Email", "livia@late.example")).toBeVisible();
  const answered = ana.page.waitForResponse("**/api/open_profile");
  release();
  await (await answered).finished();
  // Whatever is made of the answer is drawn by now.
  await ana.page.evaluate(() => new Promise<void>((drawn) => setTimeout(() => requestAnimationFrame(() => setTimeout(drawn)))));
  expect(await value(ana, "Email", "livia@late.example").isVisible()).toBe(true);
  go();
  await expect(profile(ana)).toContainText("set Email: livia@late.example");
});

test("in a conflict the keyboard stays in the field: Escape gives back what was typed", async ({ sit, simulator }) => {
  const [ana, ben] = [await sit("Ana"), await sit("Ben")];
  const who = await simulator.customer("Edda Escape");
  await simulator.write(who, "hello");
  await ana.open(who);
  await ben.open(who);
  const email = field(ana, "Email");
  const input = email.getByRole("textbox", { name: "Email" });
  const keep = email.getByRole("button", { name: "Keep theirs" });
  const collide = async (open: Locator, mine: string, theirs: string) => {
    const go = await hold(ana);
    await open.click();
    await input.fill(mine);
    const asked = ana.page.waitForRequest("**/api/set_attribute");
    await input.press("Enter");
    await asked;
    await ben.set("Email", theirs);
    await expect(profile(ben).locator(".journey .step", { hasText: theirs }).first()).toBeVisible();
    go();
    await expect(keep).toBeFocused();
    await ana.page.unroute("**/api/set_attribute");
  };

  await collide(email.getByRole("button", { name: "Add Email" }), "edda@mine.example", "edda@theirs.example");
  await ana.page.keyboard.press("Escape");
  await expect(input).toBeFocused();
  await expect(input).toHaveValue("edda@mine.example");
  await expect(keep).toHaveCount(0);
  await ana.page.keyboard.press("Escape");
  await expect(value(ana, "Email", "edda@theirs.example")).toBeFocused();
  await expect(ana.log).toBeVisible();

  // Sent again it replaces theirs, which has been seen.
  await collide(value(ana, "Email", "edda@theirs.example"), "edda@second.example", "edda@other.example");
  await ana.page.keyboard.press("Escape");
  await expect(input).toBeFocused();
  await ana.page.keyboard.press("Enter");
  await expect(value(ana, "Email", "edda@second.example")).toBeFocused();
  await expect(value(ben, "Email", "edda@second.example")).toBeVisible();

  await collide(value(ana, "Email", "edda@second.example"), "edda@third.example", "edda@last.example");
  await ana.page.keyboard.press("Enter");
  await expect(value(ana, "Email", "edda@last.example")).toBeFocused();
  await expect(keep).toHaveCount(0);
});

test("what is typed in an attribute that a supervisor changes or takes off is told", async ({ sit, simulator }) => {
  const [ana, olivia] = [await sit("Ana"), await sit("Olivia")];
  await define(olivia, "Fleeting", "Text");
  const who = await simulator.customer("Flo Fleeting");
  await ana.take(simulator, who);
  const input = field(ana, "Fleeting").getByRole("textbox", { name: "Fleeting" });
  const toast = ana.page.locator(".toast");
  await field(ana, "Fleeting").getByRole("button", { name: "Add Fleeting" }).click();
  await input.fill("some words");
  await olivia.page.getByRole("button", { name: "Edit Fleeting" }).click();
  const form = olivia.page.getByRole("dialog", { name: "Edit Fleeting" });
  await form.getByLabel("Kind").selectOption({ label: "Number" });
  await form.getByRole("button", { name: "Save" }).click();
  await expect(form).toBeHidden();
  await expect(toast.filter({ hasText: "Fleeting “some words” was not saved." })).toContainText("A supervisor has changed this attribute");

  await field(ana, "Fleeting").getByRole("button", { name: "Add Fleeting" }).click();
  await expect(input).toBeFocused();
  await input.fill("12345");
  await olivia.page.getByRole("button", { name: "Archive Fleeting" }).click();
  await olivia.page.getByRole("dialog", { name: "Archive an attribute" }).getByRole("button", { name: "Archive", exact: true }).click();
  await expect(field(ana, "Fleeting")).toHaveCount(0);
  await expect(toast.filter({ hasText: "Fleeting “12345” was not saved." })).toBeVisible();
  await ana.resolve();
  await remove(olivia, "Fleeting");
});

test("numbers, phone numbers, yes or no and long text are edited by keyboard, with what they are for", async ({ sit, simulator }) => {
  const [ana, olivia] = [await sit("Ana"), await sit("Olivia")];
  await define(olivia, "Seats", "Number", { help: "How many the table has" });
  await define(olivia, "Second phone", "Phone number");
  const who = await simulator.customer("Kim Kinds");
  await simulator.write(who, "hello");
  await ana.open(who);
  const edit = async (name: string): Promise<Locator> => {
    await field(ana, name).getByRole("button", { name: new RegExp(`^(Add )?${name}`) }).press("Enter");
    const control = field(ana, name).getByLabel(name, { exact: true });
    await expect(control).toBeFocused();
    return control;
  };
  const refused = async (name: string, typed: string, why: string) => {
    const control = await edit(name);
    await ana.page.keyboard.type(typed);
    await ana.page.keyboard.press("Enter");
    await expect(field(ana, name).getByRole("alert")).toHaveText(why);
    await control.fill("");
  };

  await refused("Seats", "a few", "This is not a number, like 1234.5.");
  await expect(field(ana, "Seats").getByText("How many the table has")).toBeVisible();
  await expect(field(ana, "Seats").getByLabel("Seats", { exact: true })).toHaveAccessibleDescription(/How many the table has/);
  await ana.page.keyboard.type("1,200");
  await ana.page.keyboard.press("Enter");
  await expect(value(ana, "Seats", "1,200")).toBeFocused();
  await refused("Second phone", "12", "A phone number has 7 to 15 digits, with its country code.");
  await ana.page.keyboard.type("+49 (151) 234-5678");
  await ana.page.keyboard.press("Enter");
  await expect(value(ana, "Second phone", "+491512345678")).toBeFocused();

  await (await edit("Newsletter")).selectOption({ label: "No" });
  await ana.page.keyboard.press("Enter");
  await expect(value(ana, "Newsletter", "No")).toBeFocused();

  await edit("Delivery notes");
  await expect(field(ana, "Delivery notes").getByText("What the driver should know")).toBeVisible();
  await ana.page.keyboard.type("Ring twice.");
  await ana.page.keyboard.press("Shift+Enter");
  await ana.page.keyboard.type("Then wait.");
  await ana.page.keyboard.press("Enter");
  const notes = field(ana, "Delivery notes").locator("button.value");
  await expect(notes).toBeFocused();
  expect(await notes.textContent()).toBe("Ring twice.\nThen wait.");

  for (const step of ["set Seats: 1,200", "set Second phone: +491512345678", "set Newsletter: No", "set Delivery notes: Ring twice. Then wait."]) {
    await expect(profile(ana)).toContainText(step);
  }
  await remove(olivia, "Seats", "Second phone");
});

test("a chat is resolved by the keyboard alone", async ({ sit, simulator }) => {
  const [ana, olivia] = [await sit("Ana"), await sit("Olivia")];
  await define(olivia, "Reason", "Text", { required: true });
  await define(olivia, "Due", "Date", { required: true });
  const who = await simulator.customer("Kay Keyboard");
  await ana.take(simulator, who);
  await expect(field(ana, "Due")).toContainText("Add …");
  const { keyboard } = ana.page;
  const dialog = ana.page.getByRole("dialog", { name: "Resolve this chat" });
  const [reason, due] = [dialog.getByRole("textbox", { name: "Reason" }), dialog.getByLabel("Due", { exact: true })];
  await keyboard.press("Escape");
  await expect(ana.composer).not.toBeFocused();
  await keyboard.press("e");
  await expect(reason).toBeFocused();
  await keyboard.press("Enter");
  await expect(dialog.getByText("Needed before you resolve.")).toHaveCount(2);

  // The outcomes stand before, the date after, then the note and the buttons.
  await keyboard.press("Shift+Tab");
  await expect(dialog.getByRole("radio", { name: "Solved", exact: true })).toBeFocused();
  await keyboard.press("ArrowRight");
  await expect(dialog.getByRole("radio", { name: "Not solved" })).toBeFocused();
  await keyboard.press("Tab");
  await expect(reason).toBeFocused();
  await keyboard.type("A lamp comes back");
  await keyboard.press("Tab");
  await expect(due).toBeFocused();
  for (const part of ["05", "05", "2024"]) await keyboard.type(part);
  const note = dialog.getByRole("textbox", { name: /^Note/ });
  // The year, and the date's calendar.
  for (let n = 0; n < 3 && !(await note.evaluate((note) => note === document.activeElement)); n++) await keyboard.press("Tab");
  await expect(note).toBeFocused();
  await keyboard.type("he called twice");
  await keyboard.press("Tab");
  await expect(dialog.getByRole("button", { name: "Cancel" })).toBeFocused();
  await keyboard.press("Tab");
  await expect(dialog.getByRole("button", { name: "Resolve", exact: true })).toBeFocused();
  await keyboard.press("Enter");
  await expect(dialog).toBeHidden();
  await expect(ana.log).toContainText("you resolved · Not solved");
  const steps = profile(ana).locator(".journey .step");
  await expect(steps.filter({ hasText: "resolved · Not solved" })).toContainText("“he called twice”");
  await expect(value(ana, "Reason", "A lamp comes back")).toBeVisible();
  await expect(value(ana, "Due", "5 May 2024")).toBeVisible();
  await remove(olivia, "Reason", "Due");
});

test("at Resolve, too, what somebody else set meanwhile is seen before it is replaced", async ({ sit, simulator, allow }) => {
  // The value that is refused.
  allow(/status of 503/);
  const [ana, second, olivia] = [await sit("Ana"), await sit("Ana"), await sit("Olivia")];
  await define(olivia, "Reason", "Text", { required: true });
  await define(olivia, "Shelf", "Text", { required: true });
  const dialog = ana.page.getByRole("dialog", { name: "Resolve this chat" });
  const [reason, shelf] = [dialog.getByRole("textbox", { name: "Reason" }), dialog.getByRole("textbox", { name: "Shelf" })];
  const resolve = dialog.getByRole("button", { name: "Resolve", exact: true });
  const begin = async (name: string) => {
    const who = await simulator.customer(name);
    await ana.take(simulator, who);
    await second.tab("Intervened").click();
    await second.open(who);
    await expect(field(ana, "Shelf")).toContainText("Add …");
    await ana.leave();
    await ana.page.keyboard.press("e");
    await expect(reason).toBeFocused();
  };

  // Theirs is seen, and mine replaces it only when that is asked for again.
  await begin("Rhea Replaced");
  await second.set("Reason", "an invoice");
  await expect(profile(second)).toContainText("set Reason: an invoice");
  await reason.fill("a return");
  await shelf.fill("left");
  await resolve.click();
  await expect(dialog.getByRole("alert").filter({ hasText: "Ana Silva set it to “an invoice” meanwhile." })).toBeVisible();
  await expect(reason).toHaveValue("a return");
  await resolve.click();
  await expect(dialog).toBeHidden();
  await expect(value(ana, "Reason", "a return")).toBeVisible();
  await expect(profile(ana)).toContainText("set Reason: an invoice → a return");

  // Or theirs stays.
  await begin("Thea Theirs");
  await second.set("Reason", "a refund");
  await expect(profile(second)).toContainText("set Reason: a refund");
  await reason.fill("a repair");
  await shelf.fill("right");
  await resolve.click();
  await dialog.getByRole("button", { name: "Use theirs" }).click();
  await expect(reason).toHaveValue("a refund");
  await expect(resolve).toBeFocused();
  await ana.page.keyboard.press("Enter");
  await expect(dialog).toBeHidden();
  await expect(value(ana, "Reason", "a refund")).toBeVisible();

  // One was saved and one was not: what is corrected then is what is kept.
  await begin("Cora Corrected");
  let calls = 0;
  await ana.page.route("**/api/set_attribute", (route) => {
    calls += 1;
    return calls === 2 ? route.fulfill({ status: 503, contentType: "application/json", body: '"Unavailable"' }) : route.continue();
  });
  await reason.fill("a retrun");
  await shelf.fill("top");
  await resolve.click();
  await expect(dialog.locator(".needed").last().getByRole("alert")).not.toBeEmpty();
  await expect(value(second, "Reason", "a retrun")).toBeVisible();
  await reason.fill("a return");
  await resolve.click();
  await expect(dialog).toBeHidden();
  await expect(value(second, "Reason", "a return")).toBeVisible();
  await expect(value(second, "Shelf", "top")).toBeVisible();
  await remove(olivia, "Reason", "Shelf");
});

test("a name and what Resolve asks for are kept as typed when the chat is taken over", async ({ sit, simulator }) => {
  const [ana, olivia, marco] = [await sit("Ana"), await sit("Olivia"), await sit("Marco")];
  await define(olivia, "Reason", "Text", { required: true });
  const kept = ana.page.getByLabel("What you typed");
  const takeOver = async () => {
    const chat = new URL(ana.page.url()).pathname.split("/").pop();
    expect((await marco.call("take_over", { chat })).ok()).toBe(true);
    await expect(ana.page.getByText("This chat is now with another member.")).toBeVisible();
  };

  const named = await simulator.customer("Nora Namely");
  await ana.take(simulator, named);
  await profile(ana).getByRole("button", { name: "Name: Nora Namely" }).click();
  await profile(ana).getByRole("textbox", { name: "Name" }).fill("Nora Namelyová");
  await takeOver();
  await expect(kept).toHaveValue("Name: Nora Namelyová");

  const resolved = await simulator.customer("Rosa Resolved");
  await ana.take(simulator, resolved);
  await expect(field(ana, "Reason")).toContainText("Add …");
  await ana.leave();
  await ana.page.keyboard.press("e");
  await ana.page.getByRole("dialog").getByRole("textbox", { name: "Reason" }).fill("half a reason");
  await takeOver();
  await expect(ana.page.getByRole("dialog")).toBeHidden();
  await expect(kept).toHaveValue("Reason: half a reason");

  // What waits for a choice waits on while the name is typed, and is kept with it.
  const second = await sit("Ana");
  const both = await simulator.customer("Bodil Both");
  await ana.take(simulator, both);
  await second.tab("Intervened").click();
  await second.open(both);
  const go = await hold(ana);
  const email = field(ana, "Email");
  await email.getByRole("button", { name: "Add Email" }).click();
  await email.getByRole("textbox").fill("bodil@mine.example");
  const asked = ana.page.waitForRequest("**/api/set_attribute");
  await ana.page.keyboard.press("Enter");
  await asked;
  await second.set("Email", "bodil@theirs.example");
  await expect(value(second, "Email", "bodil@theirs.example")).toBeVisible();
  go();
  await expect(email.getByRole("button", { name: "Keep theirs" })).toBeVisible();
  await profile(ana).getByRole("button", { name: "Name: Bodil Both" }).click();
  await profile(ana).getByRole("textbox", { name: "Name" }).fill("Bodil Bothmer");
  await takeOver();
  await expect(kept).toHaveValue("Email: bodil@mine.example\nName: Bodil Bothmer");
  await remove(olivia, "Reason");
});

test("at Resolve half a date is explained, and saved once it is whole", async ({ sit, simulator }) => {
  const [ana, olivia] = [await sit("Ana"), await sit("Olivia")];
  await define(olivia, "Due", "Date", { required: true });
  const who = await simulator.customer("Dean Due");
  await ana.take(simulator, who);
  await expect(field(ana, "Due")).toContainText("Add …");
  await ana.leave();
  await ana.page.keyboard.press("e");
  const dialog = ana.page.getByRole("dialog", { name: "Resolve this chat" });
  const due = dialog.getByLabel("Due", { exact: true });
  const resolve = dialog.getByRole("button", { name: "Resolve", exact: true });
  await expect(due).toBeFocused();
  await ana.page.keyboard.type("05");
  await resolve.click();
  await expect(dialog.locator(".needed").getByRole("alert")).toHaveText("Complete the date, or empty the field.");
  expect(await due.evaluate((input: HTMLInputElement) => input.validity.badInput)).toBe(true);
  await due.fill("2024-05-03");
  await resolve.click();
  await expect(dialog).toBeHidden();
  await expect(value(ana, "Due", "3 May 2024")).toBeVisible();
  await remove(olivia, "Due");
});

test("nothing is resolved without an outcome because the outcomes did not come", async ({ sit, simulator, allow }) => {
  // The outcomes that do not come.
  allow(/status of 503/);
  const refused = { status: 503, contentType: "application/json", body: '"Unavailable"' };
  const ana = await sit("Ana", {
    before: async (page) => {
      await page.route("**/api/outcomes", (route) => route.fulfill(refused));
    },
  });
  const resolved: string[] = [];
  ana.page.on("request", (request) => request.url().endsWith("/api/resolve") && resolved.push(request.postData() ?? ""));
  const who = await simulator.customer("Otto Outcomeless");
  await ana.take(simulator, who);
  await ana.page.getByRole("button", { name: /^Resolve/ }).first().click();
  const dialog = ana.page.getByRole("dialog", { name: "Resolve this chat" });
  const missing = dialog.getByRole("alert").filter({ hasText: "The outcomes could not be loaded." });
  await expect(missing).toBeVisible();
  await dialog.getByRole("button", { name: "Resolve", exact: true }).click();
  await expect(missing).toBeVisible();
  await ana.page.unroute("**/api/outcomes");
  await missing.getByRole("button", { name: "Try again" }).click();
  await expect(missing).toHaveCount(0);
  await dialog.getByRole("radio", { name: "Not solved" }).click();
  await dialog.getByRole("button", { name: "Resolve", exact: true }).click();
  await expect(dialog).toBeHidden();
  await expect(ana.log).toContainText("you resolved · Not solved");
  expect(resolved.map((body) => JSON.parse(body).outcome)).toEqual(["Not solved"]);
});

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

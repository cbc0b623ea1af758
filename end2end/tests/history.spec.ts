import { expect, test, type Customer } from "../support/fixtures";

test("History shows missed requests alone", async ({ sit, simulator }) => {
  const ana = await sit("Ana");
  const [asked, wrote] = [await simulator.customer("Mia Missed"), await simulator.customer("Walt Wrote")];
  await simulator.asks(asked);
  await simulator.write(wrote, "Hello");
  await simulator.hears(wrote, "What can I do for you?");
  await simulator.forward(25 * 3600);
  await ana.goto("history");
  await expect(ana.row(asked).locator(".badge.bad")).toHaveText("missed");
  await expect(ana.row(wrote)).toBeVisible();
  await ana.page.getByRole("button", { name: "Filter", exact: true }).click();
  await expect(ana.row(wrote)).toBeVisible();
  await ana.page.getByLabel("Requests").selectOption("Missed requests");
  await expect(ana.row(asked)).toBeVisible();
  await expect(ana.row(wrote)).toHaveCount(0);
  await ana.row(asked).click();
  await expect(ana.page.getByRole("heading", { level: 1 })).toHaveText("Mia Missed");
  await ana.page.getByLabel("Requests").selectOption("All chats");
  await ana.page.getByLabel("Last message").selectOption("Last 7 days");
  await expect(ana.row(wrote)).toBeVisible();
  await ana.page.getByLabel("Resolved by").selectOption("Ana Silva");
  await expect(ana.row(wrote)).toHaveCount(0);
  await ana.page.getByRole("button", { name: "Filter", exact: true }).click();
  await expect(ana.row(wrote)).toBeVisible();
});

test("History is narrowed by tag, by who resolved, by time, and by all of them at once", async ({ sit, simulator }) => {
  const [tagged, plain, late, missed] = [
    await simulator.customer("Tess Tagged"),
    await simulator.customer("Pru Plain"),
    await simulator.customer("Lars Late"),
    await simulator.customer("Mo Missed"),
  ];
  const all = [tagged, plain, late, missed];
  const [ana, ben] = [await sit("Ana"), await sit("Ben")];
  const tag = async () => {
    await ana.leave();
    await ana.page.keyboard.press("g");
    await ana.page.getByRole("combobox", { name: "Search tags" }).fill("invoice");
    await ana.page.getByRole("combobox", { name: "Search tags" }).press("Enter");
    await expect(ana.profile.locator(".tags .tag")).toHaveText("Invoice");
  };
  await ana.take(simulator, tagged);
  await tag();
  await ana.resolve();
  await ben.take(simulator, plain);
  await ben.resolve();
  await simulator.forward(6 * 86_400);
  await ana.page.reload();
  await ana.live();
  await ana.take(simulator, late);
  await tag();
  await ana.resolve();
  await simulator.asks(missed);
  await ana.tab("Requested").click();
  await expect(ana.row(missed)).toBeVisible();
  await simulator.forward(2 * 86_400);

  const olivia = await sit("Olivia");
  await olivia.goto("history");
  const choose = (label: string, option: string) => olivia.page.getByLabel(label, { exact: true }).selectOption(option);
  const shows = async (...some: typeof all) => {
    for (const who of all) await expect(olivia.row(who), who.name!).toHaveCount(some.includes(who) ? 1 : 0);
  };
  await shows(...all);
  await olivia.page.getByRole("button", { name: "Filter", exact: true }).click();
  await shows(...all);
  await choose("Tag", "Invoice");
  await shows(tagged, late);
  await choose("Last message", "Last 7 days");
  await shows(late);
  await choose("Tag", "Any tag");
  await shows(late, missed);
  await choose("Requests", "Missed requests");
  await shows(missed);
  await choose("Requests", "All chats");
  await choose("Last message", "Last 30 days");
  await shows(...all);
  await choose("Resolved by", "Ben Okafor");
  await shows(plain);
  await choose("Resolved by", "Ana Silva");
  await shows(tagged, late);
  await choose("Last message", "Last 7 days");
  await choose("Tag", "Invoice");
  await shows(late);
  await choose("Requests", "Missed requests");
  await shows();
  await expect(olivia.page.getByText("No chat of History fits.")).toBeVisible();
  await choose("Requests", "All chats");
  await shows(late);
});

test("History is searched by name, number and tag, also together with its filters", async ({ sit, simulator }) => {
  const [anna, anton] = [await simulator.customer("Zoë Annásdottir"), await simulator.customer("Anton Other")];
  const ana = await sit("Ana");
  await ana.take(simulator, anna);
  await ana.leave();
  await ana.page.keyboard.press("g");
  await ana.page.getByRole("combobox", { name: "Search tags" }).fill("invoice");
  await ana.page.getByRole("combobox", { name: "Search tags" }).press("Enter");
  await expect(ana.profile.locator(".tags .tag")).toHaveText("Invoice");
  await ana.resolve();
  await simulator.asks(anton);
  await ana.tab("Requested").click();
  await expect(ana.row(anton)).toBeVisible();
  await simulator.forward(25 * 3600);
  await ana.goto("history");
  await expect(ana.row(anna)).toBeVisible();
  await ana.page.getByRole("button", { name: "Filter", exact: true }).click();
  const box = ana.page.getByRole("searchbox", { name: "Customer" });
  const shows = async (typed: string, ...some: Customer[]) => {
    await box.fill(typed);
    for (const who of [anna, anton]) await expect(ana.row(who), `${typed}: ${who.name}`).toHaveCount(some.includes(who) ? 1 : 0);
  };
  await shows("zoe", anna);
  await shows("anton", anton);
  await shows("invoi", anna);
  await shows(anton.phone!.slice(-6), anton);
  await shows("nobody of this name");
  await expect(ana.page.getByText("No chat of History fits.")).toBeVisible();
  await shows("zoe", anna);
  await ana.page.getByLabel("Requests").selectOption("Missed requests");
  await expect(ana.row(anna)).toHaveCount(0);
  await shows("ot", anton);
  await shows("", anton);
  await ana.page.getByLabel("Requests").selectOption("All chats");
  await expect(ana.row(anna)).toBeVisible();
});

test("who writes again leaves History also while it is narrowed", async ({ sit, simulator }) => {
  const ana = await sit("Ana");
  const who = await simulator.customer("Lena Leaving");
  await simulator.write(who, "Hello");
  await simulator.hears(who, "What can I do for you?");
  await simulator.forward(25 * 3600);
  await ana.goto("history");
  await ana.page.getByRole("button", { name: "Filter", exact: true }).click();
  await ana.page.getByLabel("Last message").selectOption("Last 7 days");
  await expect(ana.row(who)).toBeVisible();
  await simulator.write(who, "Me again");
  await expect(ana.row(who)).toHaveCount(0);
  // And comes back to it.
  await simulator.forward(25 * 3600);
  await expect(ana.row(who)).toBeVisible();
});

test("in a chat of History an agent edits an attribute, tags and renames, and the journey tells of it", async ({ sit, simulator }) => {
  const ana = await sit("Ana");
  const who = await simulator.customer("Cleo Closed");
  await simulator.write(who, "Hello");
  await simulator.hears(who, "What can I do for you?");
  await simulator.forward(25 * 3600);
  await ana.goto("history");
  await ana.open(who);
  await expect(ana.page.getByText("The 24-hour window is closed.")).toBeVisible();
  await ana.set("Email", "cleo@closed.example");
  await ana.page.keyboard.press("g");
  await ana.page.getByRole("combobox", { name: "Search tags" }).fill("invoice");
  await ana.page.getByRole("combobox", { name: "Search tags" }).press("Enter");
  await expect(ana.profile.locator(".tags .tag")).toHaveText("Invoice");
  await ana.profile.getByRole("button", { name: "Name: Cleo Closed" }).click();
  const name = ana.profile.getByRole("textbox", { name: "Name", exact: true });
  await name.fill("Cleo Renamed");
  await name.press("Enter");
  await expect(ana.page.getByRole("heading", { level: 1 })).toHaveText("Cleo Renamed");
  await expect(ana.row("Cleo Renamed")).toBeVisible();
  const told = async () => {
    for (const words of [
      "Ana Silva set Email: cleo@closed.example",
      "Ana Silva gave the tag Topic · Invoice",
      "Ana Silva changed the name: Cleo Closed → Cleo Renamed",
    ]) {
      await expect(ana.profile.locator(".journey .step", { hasText: words })).toHaveCount(1);
    }
  };
  await told();
  // It is kept, and the chat stays where it was.
  await ana.page.reload();
  await ana.live();
  await told();
  await expect(ana.field("Email")).toContainText("cleo@closed.example");
  await expect(ana.profile.locator(".tags .tag")).toHaveText("Invoice");
  await expect(ana.page).toHaveURL(/\/chats\/history\//);
  await expect(ana.row("Cleo Renamed")).toBeVisible();
});

test("History is narrowed by a tag that the first message gave", async ({ sit, simulator }) => {
  const ana = await sit("Ana");
  const [tagged, plain] = [await simulator.customer("Otis Orderquestion"), await simulator.customer("Paco Plainly")];
  await simulator.write(tagged, "Where is my order?");
  await simulator.write(plain, "Hello");
  for (const who of [tagged, plain]) await simulator.hears(who, "What can I do for you?");
  await simulator.forward(25 * 3600);
  await ana.goto("history");
  await ana.page.getByRole("button", { name: "Filter", exact: true }).click();
  for (const who of [tagged, plain]) await expect(ana.row(who)).toBeVisible();
  await ana.page.getByLabel("Tag", { exact: true }).selectOption("Order question");
  await expect(ana.row(plain)).toHaveCount(0);
  await expect(ana.row(tagged)).toBeVisible();
  await ana.row(tagged).click();
  await expect(ana.page.getByRole("heading", { level: 1 })).toHaveText("Otis Orderquestion");
  await expect(ana.profile.locator(".tags .tag")).toContainText(["Order question"]);
  await ana.page.getByLabel("Tag", { exact: true }).selectOption("Writes Spanish");
  await expect(ana.row(tagged)).toHaveCount(0);
});

import type { WebSocketRoute } from "@playwright/test";
import { expect, test, type Customer, type Desk } from "../support/fixtures";

/// Opens History's filter and looks for somebody in it.
async function narrow(desk: Desk, words: string): Promise<void> {
  await desk.page.getByRole("button", { name: "Filter", exact: true }).click();
  await desk.page.getByRole("searchbox", { name: "Customer" }).fill(words);
}

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

test("the keyboard walks what is shown of History, and what it is narrowed by stays while one is elsewhere", async ({ sit, simulator }) => {
  const ana = await sit("Ana");
  const [kay, kim, kit] = [
    await simulator.customer("Kay Keyboarder"),
    await simulator.customer("Kim Keyboarder"),
    await simulator.customer("Kit Keyboarder"),
  ];
  await ana.tab("Requested").click();
  for (const who of [kay, kim, kit]) {
    if (who === kim) {
      await simulator.write(who, "Hello");
      await simulator.hears(who, "What can I do for you?");
    } else {
      await simulator.asks(who);
      await expect(ana.row(who)).toBeVisible();
    }
    await simulator.forward(60);
  }
  await simulator.forward(25 * 3600);
  await ana.goto("history");
  await narrow(ana, "keyboarder");
  const names = ana.page.locator(".found .who");
  await expect(names).toHaveText(["Kit Keyboarder", "Kim Keyboarder", "Kay Keyboarder"]);
  const requests = ana.page.getByLabel("Requests");
  await requests.selectOption("Missed requests");
  await expect(names).toHaveText(["Kit Keyboarder", "Kay Keyboarder"]);
  await requests.press("Escape");
  await expect(requests).not.toBeFocused();
  const title = ana.page.getByRole("heading", { level: 1 });
  for (const [key, name] of [["j", "Kit"], ["j", "Kay"], ["k", "Kit"], ["j", "Kay"]] as const) {
    await ana.page.keyboard.press(key);
    await expect(title).toHaveText(`${name} Keyboarder`);
  }

  const box = ana.page.getByRole("searchbox", { name: "Customer" });
  await ana.tab("Active").click();
  await expect(box).toHaveCount(0);
  await ana.page.getByRole("navigation", { name: "Main" }).getByRole("link", { name: "History" }).click();
  await expect(box).toHaveValue("keyboarder");
  await expect(requests).toHaveValue("missed");
  await expect(names).toHaveText(["Kit Keyboarder", "Kay Keyboarder"]);
  const stored = await ana.page.evaluate(() => JSON.stringify([{ ...localStorage }, { ...sessionStorage }]));
  expect(stored).not.toMatch(/keyboarder/i);
  // What is no longer narrowed is walked whole.
  await requests.selectOption("All chats");
  await expect(names).toHaveText(["Kit Keyboarder", "Kim Keyboarder", "Kay Keyboarder"]);
  await requests.press("Escape");
  await expect(requests).not.toBeFocused();
  for (const name of ["Kit", "Kim"]) {
    await ana.page.keyboard.press("j");
    await expect(title).toHaveText(`${name} Keyboarder`);
  }
});

test("History is narrowed to the days in which something was last said", async ({ sit, simulator }) => {
  const [early, late] = [await simulator.customer("Dana Datebound"), await simulator.customer("Dora Datebound")];
  await simulator.write(early, "Hello");
  await simulator.hears(early, "What can I do for you?");
  await simulator.forward(10 * 86_400);
  await simulator.write(late, "Hello");
  await simulator.hears(late, "What can I do for you?");
  const now = await simulator.forward(25 * 3600);
  const between = new Date(new Date(now).getTime() - 5 * 86_400_000).toISOString().slice(0, 10);

  const ana = await sit("Ana");
  await ana.goto("history");
  await narrow(ana, "datebound");
  const names = ana.page.locator(".found .who");
  await expect(names).toHaveText(["Dora Datebound", "Dana Datebound"]);
  const time = ana.page.getByLabel("Last message");
  const [from, to] = [ana.page.getByLabel("From", { exact: true }), ana.page.getByLabel("To", { exact: true })];
  await time.selectOption("From … to …");
  await to.fill(between);
  await expect(names).toHaveText(["Dana Datebound"]);
  // Both days are kept while one is elsewhere.
  await ana.tab("Active").click();
  await ana.page.getByRole("navigation", { name: "Main" }).getByRole("link", { name: "History" }).click();
  await expect(to).toHaveValue(between);
  await expect(names).toHaveText(["Dana Datebound"]);
  await to.fill("");
  await from.fill(between);
  await expect(names).toHaveText(["Dora Datebound"]);
  await time.selectOption("Any time");
  await expect(names).toHaveText(["Dora Datebound", "Dana Datebound"]);
  await expect(from).toHaveCount(0);
});

test("what is shown of narrowed History stays where it cannot be loaded again, and is tried again", async ({ sit, simulator, allow }) => {
  allow(/status of 500/);
  const [who, other] = [await simulator.customer("Nils Narrowed"), await simulator.customer("Otis Outside")];
  for (const one of [who, other]) {
    await simulator.write(one, "Hello");
    await simulator.hears(one, "What can I do for you?");
  }
  await simulator.forward(25 * 3600);
  const ana = await sit("Ana");
  await ana.goto("history");
  await narrow(ana, "nils narrowed");
  await expect(ana.row(other)).toHaveCount(0);
  await expect(ana.row(who)).toBeVisible();
  await ana.page.route("**/api/inbox_history", (route) =>
    route.fulfill({ status: 500, contentType: "application/json", body: '"Internal"' }),
  );
  // Who leaves History has it looked at again.
  await simulator.write(other, "Back again");
  const problem = ana.page.getByRole("alert").filter({ hasText: "Something went wrong on our side." });
  await expect(problem).toBeVisible();
  await expect(ana.row(who)).toBeVisible();
  await ana.page.unroute("**/api/inbox_history");
  await problem.getByRole("button", { name: "Try again" }).click();
  await expect(problem).toHaveCount(0);
  await expect(ana.row(who)).toBeVisible();
});

test("narrowed History is whole again after everything was loaded anew", async ({ sit, simulator }) => {
  const sockets: WebSocketRoute[] = [];
  const who = await simulator.customer("Rhea Resynced");
  await simulator.write(who, "Hello");
  await simulator.hears(who, "What can I do for you?");
  await simulator.forward(25 * 3600);
  const ana = await sit("Ana", {
    before: async (page) => {
      await page.routeWebSocket(/\/live/, (socket) => {
        socket.connectToServer();
        sockets.push(socket);
      });
    },
  });
  await ana.goto("history");
  await narrow(ana, "rhea resynced");
  await expect(ana.row(who)).toBeVisible();
  // As if it stood far below the first page, which alone is loaded by itself.
  await ana.page.route("**/api/inbox_page", async (route) => {
    const answer = await route.fetch();
    await route.fulfill({ response: answer, json: { ...(await answer.json()), rows: [], more: true } });
  });
  const anew = ana.page.waitForResponse("**/api/inbox_page");
  sockets[sockets.length - 1]!.send('"resync"');
  await anew;
  await ana.live();
  await expect(ana.row(who)).toBeVisible();
});

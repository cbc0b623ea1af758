import { expect, test } from "../support/fixtures";

test("the seed's story: bot, request, intervene, talk, resolve, history, and back", async ({ sit, simulator }) => {
  const [ana, ben] = await Promise.all([sit("Ana"), sit("Ben")]);
  const mira = await simulator.customer("Mira Story");

  // The customer writes: the chat is in Active on every screen, and the bot answers.
  await simulator.write(mira, "Hello there");
  await expect(ana.row(mira)).toBeVisible();
  await expect(ben.row(mira)).toBeVisible();
  await simulator.hears(mira, "What can I do for you?");

  // They ask for a person: Requested, announced everywhere, with the bot's word that somebody comes.
  await simulator.tap(mira, "Talk to a person");
  await expect(ana.row(mira)).toHaveCount(0);
  await expect(ana.page.locator(".waiting")).toContainText("waiting");
  await ana.tab("Requested").click();
  await ben.tab("Requested").click();
  await expect(ana.row(mira)).toBeVisible();
  await expect(ben.row(mira)).toBeVisible();
  await ben.open(mira);
  await expect(ben.bubble("Hello there")).toBeVisible();

  // Ana intervenes: hers alone from here on.
  await ana.open(mira);
  await expect(ana.composer).toHaveCount(0);
  await ana.intervene.click();
  await expect(ana.composer).toBeVisible();
  await expect(ana.page.locator(".handover")).toContainText("Talk to a person");
  await expect(ben.page.getByText("This chat is now with another member.")).toBeVisible();
  await expect(ben.bubble("Hello there")).toHaveCount(0);
  await expect(ben.row(mira)).toHaveCount(0);

  // Both talk, in real time, and the bot keeps silent.
  const before = (await simulator.phone(mira)).length;
  await ana.say("Good afternoon, this is Ana.");
  await simulator.hears(mira, "Good afternoon, this is Ana.");
  await expect(ana.bubble("Good afternoon, this is Ana.").getByRole("img", { name: "delivered" })).toBeVisible();
  await simulator.open(mira);
  await expect(ana.bubble("Good afternoon, this is Ana.").getByRole("img", { name: "read" })).toBeVisible();
  await simulator.write(mira, "Where is my parcel?");
  await expect(ana.bubble("Where is my parcel?")).toBeVisible();
  await ana.say("On its way.\nTomorrow!");
  await simulator.hears(mira, "On its way.\nTomorrow!");
  expect((await simulator.phone(mira)).length, "three words said, none by the bot").toBe(before + 3);

  // Ben's screen has nothing of it, by search neither.
  await expect(await ben.find("Mira Story")).toHaveCount(0);
  await expect(ben.page.getByText("Nothing found.")).toBeVisible();
  await ben.page.keyboard.press("Escape");

  // Ana resolves: the bot has it again and everybody sees it, with who resolved it.
  await ana.resolve();
  await ben.goto("active");
  await expect(ben.row(mira)).toContainText("resolved by Ana");
  await ben.open(mira);
  await expect(ben.bubble("On its way.")).toBeVisible();
  await expect(ben.log).toContainText("Ana Silva resolved");
  await expect(ben.page.getByRole("complementary", { name: "Profile" })).toContainText("Closed");

  // 24 hours after the customer last wrote it is in History.
  await simulator.forward(24 * 3600 + 60);
  await ben.goto("history");
  await expect(ben.row(mira)).toBeVisible();
  await ben.goto("active");
  await expect(ben.row(mira)).toHaveCount(0);

  // The customer writes and is back.
  await simulator.write(mira, "Me again");
  await expect(ben.row(mira)).toBeVisible();
  await simulator.hears(mira, "What can I do for you?");
});

test("a resolve can be undone for some seconds", async ({ sit, simulator }) => {
  const ana = await sit("Ana");
  const customer = await simulator.customer("Una Undo");
  await ana.take(simulator, customer);
  await ana.resolve("Not solved");
  await expect(ana.composer).toHaveCount(0);
  await ana.page.getByRole("button", { name: "Undo", exact: true }).click();
  await expect(ana.composer).toBeVisible();
  await ana.tab("Intervened").click();
  await expect(ana.row(customer)).toBeVisible();
});

test("the bot gives up after two messages it does not understand, and says why", async ({ sit, simulator }) => {
  const ana = await sit("Ana");
  const customer = await simulator.customer("Gil Gibberish");
  await simulator.write(customer, "hi");
  await simulator.hears(customer, "What can I do for you?");
  await simulator.write(customer, "flurb the wozzle");
  await simulator.write(customer, "zonk");
  await ana.tab("Requested").click();
  await ana.open(customer);
  await expect(ana.log).toContainText("zonk");
  await expect(ana.log.locator(".event")).toContainText(/asked for a person/i);
  await ana.intervene.click();
  await expect(ana.page.locator(".handover")).toContainText("zonk");
});

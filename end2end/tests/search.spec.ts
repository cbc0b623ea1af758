import { expect, test, type Desk } from "../support/fixtures";

const messages = (desk: Desk) => desk.page.locator('[data-found][data-person="false"]');
const people = (desk: Desk) => desk.page.locator('[data-found][data-person="true"]');

test("Ctrl-K leads to the search from the pages beside the desk, too", async ({ sit }) => {
  const { page, url } = await sit("Olivia");
  for (const beside of ["contacts", "manage/tags"]) {
    await page.goto(`${url}/${beside}`);
    await expect(page.locator("body")).toHaveAttribute("data-hydrated", "true");
    await page.keyboard.press("Control+k");
    await expect(page.getByRole("combobox", { name: "Search people and messages" })).toBeFocused();
    await expect(page).toHaveURL(`${url}/chats/active`);
    await page.keyboard.press("Escape");
    await expect(page.getByRole("combobox", { name: "Search people and messages" })).toBeHidden();
  }
});

test("Ctrl-K finds people and words, led by the keyboard, narrowed by filters", async ({ sit, simulator }) => {
  const ana = await sit("Ana");
  const who = await simulator.customer("Søren Suchmann", { phone: "45 20 11 77 31" });
  await ana.take(simulator, who);
  await simulator.write(who, "Where is my Crème brûlée?");
  await expect(ana.bubble("Crème")).toBeVisible();
  await ana.say("The creme leaves today");
  await ana.composer.press("Escape");

  await ana.page.keyboard.press("Control+k");
  const box = ana.page.getByRole("combobox", { name: "Search people and messages" });
  await expect(box).toBeFocused();
  await expect(ana.page.getByText("Names, numbers, usernames")).toBeVisible();
  await box.fill("creme");
  await expect(messages(ana)).toHaveCount(2);
  await expect(messages(ana).nth(0)).toContainText(/Søren Suchmann.*Ana.*: The creme leaves today/s);
  await expect(messages(ana).nth(1).locator("mark")).toHaveText("Crème");
  await expect(people(ana)).toHaveCount(0);

  // Whoever it is by any of their names, people first.
  for (const words of ["soren such", "20117731", "+45 20 11 77"]) {
    await box.fill(words);
    await expect(people(ana)).toHaveText(/Søren Suchmann/);
  }
  await box.fill("creme");
  await expect(messages(ana)).toHaveCount(2);
  const dialog = ana.page.getByRole("dialog", { name: "Search" });
  await dialog.getByLabel("By whom").selectOption("Customers");
  await expect(messages(ana)).toHaveCount(1);
  await expect(messages(ana)).toHaveText(/Where is my Crème brûlée/);
  await dialog.getByLabel("Of what type").selectOption("Photos, voice, files");
  await expect(ana.page.getByText("Nothing found. Try it without the filters.")).toBeVisible();
  await dialog.getByLabel("Of what type").selectOption("Any type");
  await dialog.getByLabel("From when").selectOption("Last 7 days");
  await expect(messages(ana)).toHaveCount(1);
  await dialog.getByLabel("By whom").selectOption("Anyone");
  await expect(messages(ana)).toHaveCount(2);
  await dialog.getByLabel("From when").selectOption("From … to …");
  await dialog.getByLabel("To", { exact: true }).fill("2020-01-31");
  await expect(ana.page.getByText("Nothing found. Try it without the filters.")).toBeVisible();
  await dialog.getByLabel("To", { exact: true }).fill("2099-01-31");
  await dialog.getByLabel("From", { exact: true }).fill("2020-01-01");
  await expect(messages(ana)).toHaveCount(2);
  await dialog.getByLabel("From", { exact: true }).fill("2099-01-01");
  await expect(ana.page.getByText("Nothing found. Try it without the filters.")).toBeVisible();
  await dialog.getByLabel("From when").selectOption("Any time");
  await expect(messages(ana)).toHaveCount(2);

  // What is said meanwhile appears by itself.
  await simulator.write(who, "creme de la creme");
  await expect(messages(ana)).toHaveCount(3);

  // Enter opens what is marked.
  await box.press("ArrowDown");
  await box.press("ArrowDown");
  await box.press("ArrowDown");
  await box.press("ArrowUp");
  await expect(messages(ana).nth(1)).toHaveAttribute("aria-selected", "true");
  await box.press("Enter");
  await expect(ana.page.getByRole("dialog", { name: "Search" })).toBeHidden();
  await expect(ana.log.locator(".bubble[data-lit]")).toContainText("The creme leaves today");
  // The words stay for the next look.
  await ana.log.focus();
  await ana.page.keyboard.press("/");
  await expect(box).toHaveValue("creme");
  await expect(messages(ana)).toHaveCount(3);
  await box.press("Escape");
  await ana.resolve();
});

test("a hit far back is shown and lit up, and the thread reads on to both ends", async ({ sit, simulator }) => {
  const ana = await sit("Ana");
  const who = await simulator.customer("Farah Farback");
  await ana.take(simulator, who);
  for (let n = 1; n <= 130; n++) await simulator.write(who, n === 40 ? "the zeppelin question" : `line ${n}.`);
  await expect(ana.bubble("line 130.")).toBeVisible();
  await ana.goto("active");

  await (await ana.find("zepp")).first().click();
  await expect(ana.page).toHaveURL(/\/chats\/intervened\/[0-9a-f-]{36}\?at=\d+$/);
  const lit = ana.log.locator(".bubble[data-lit]");
  await expect(lit).toHaveText(/the zeppelin question/);
  await expect(ana.bubble("the zeppelin question")).toBeInViewport();
  await expect(ana.bubble("line 130.")).toHaveCount(0);
  // The same address leads there in another tab, and when it is loaded anew.
  await ana.page.reload();
  await ana.live();
  await expect(lit).toHaveText(/the zeppelin question/);
  await expect(ana.bubble("line 130.")).toHaveCount(0);

  // Down to the end, while more is said.
  await simulator.write(who, "line 131.");
  await expect
    .poll(async () => {
      await ana.log.evaluate((log) => log.scrollTo(0, log.scrollHeight));
      return ana.bubble("line 131.").count();
    })
    .toBe(1);
  // And up to the beginning.
  await expect
    .poll(async () => {
      await ana.log.evaluate((log) => log.scrollTo(0, 0));
      return ana.log.getByText("line 1.", { exact: true }).count();
    })
    .toBe(1);
  for (let n = 1; n <= 131; n++) {
    if (n !== 40) await expect(ana.log.getByText(`line ${n}.`, { exact: true })).toHaveCount(1);
  }
  // The same hit once more, from where one is now.
  await (await ana.find("zepp")).first().click();
  await expect(ana.bubble("the zeppelin question")).toBeInViewport();
  await expect(lit).toHaveText(/the zeppelin question/);
  await ana.resolve();
});

test("what goes out of sight leaves the results that are on screen", async ({ sit, simulator }) => {
  const [ana, ben] = [await sit("Ana"), await sit("Ben")];
  const who = await simulator.customer("Vera Vanishing");
  await simulator.asks(who, "my theremin hums");
  await expect(await ben.find("theremin")).toHaveCount(1);
  await ana.tab("Requested").click();
  await ana.open(who);
  await ana.intervene.click();
  await expect(ana.composer).toBeVisible();
  await expect(messages(ben)).toHaveCount(0);
  await expect(ben.page.getByText("Nothing found.")).toBeVisible();
  await ana.resolve();
  await expect(messages(ben)).toHaveCount(1);
});

for (const colorScheme of ["light", "dark"] as const) {
  test(`search fits a phone, ${colorScheme}`, async ({ sit, simulator }) => {
    const ana = await sit("Ana", { viewport: { width: 390, height: 844 }, colorScheme });
    const who = await simulator.customer(`Phoebe Phone ${colorScheme}`);
    await simulator.write(who, `a ukulele, ${"and a very long story about it, ".repeat(12)}`);
    const found = await ana.find("ukulele");
    await expect(found.first()).toContainText("Phoebe Phone");
    const { width } = (await ana.page.getByRole("dialog", { name: "Search" }).boundingBox())!;
    expect(width).toBe(390);
    const wide = await ana.page.evaluate(() => document.documentElement.scrollWidth);
    expect(wide).toBe(390);
    await ana.page.getByRole("button", { name: "Close" }).click();
    await expect(ana.page.getByRole("dialog", { name: "Search" })).toBeHidden();
    await (await ana.find("ukulele")).first().click();
    await expect(ana.log.locator(".bubble[data-lit]").first()).toContainText("ukulele");
  });
}

test("what a supervisor has found goes the moment an agent takes the chat, also after older ones were read", async ({ sit, simulator }) => {
  const [ana, olivia] = [await sit("Ana"), await sit("Olivia")];
  const who = await simulator.customer("Greta Gone");
  await simulator.asks(who);
  for (let n = 1; n <= 25; n++) await simulator.write(who, `quagga ${n}`);
  await expect(await olivia.find("quagga")).toHaveCount(20);
  await olivia.page.getByRole("button", { name: "Older messages" }).click();
  const found = olivia.page.getByRole("listbox", { name: "Found" }).getByRole("option");
  await expect(found).toHaveCount(25);
  await ana.tab("Requested").click();
  await ana.open(who);
  await ana.intervene.click();
  await expect(found).toHaveCount(0);
  await ana.resolve();
});

test("who was added and has never written is found, and opened in History", async ({ sit }) => {
  const olivia = await sit("Olivia");
  await olivia.page.goto(`${olivia.url}/manage/import`);
  await expect(olivia.page.locator("body")).toHaveAttribute("data-hydrated", "true");
  await olivia.page.getByRole("button", { name: "Add contact" }).click();
  const dialog = olivia.page.getByRole("dialog", { name: "Add contact" });
  await dialog.getByLabel("Phone number").fill("+49 1512 7770001");
  await dialog.getByLabel("Name").fill("Zora Unspoken");
  await dialog.getByRole("button", { name: "Add", exact: true }).click();
  await expect(olivia.page.getByText("Zora Unspoken is a contact now.")).toBeVisible();
  const ana = await sit("Ana");
  await (await ana.find("unspoken")).first().click();
  await expect(ana.page.getByRole("heading", { level: 1 })).toHaveText("Zora Unspoken");
  await expect(ana.page).toHaveURL(/\/chats\/history\//);
  await expect(ana.page.getByRole("complementary", { name: "Profile" })).toContainText("added this contact");
});

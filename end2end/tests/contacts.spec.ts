import AxeBuilder from "@axe-core/playwright";
import { expect, test, type Customer } from "../support/fixtures";
import { tabTo } from "../support/keyboard";
import type { Simulator } from "../support/simulator";
import { answer, retell, still, type Answers } from "../support/still";
import { condition, open } from "../support/table";
import type { Locator, Page } from "@playwright/test";
import { Client } from "pg";
import { readFile } from "node:fs/promises";

/// WCAG 2.2 A and AA, as far as a program can tell.
async function sound(page: Page, where: string): Promise<void> {
  const found = await new AxeBuilder({ page }).withTags(["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]).analyze();
  const told = found.violations.map(({ id, help, nodes }) => `${id}: ${help}: ${nodes.map((node) => node.html).join(" | ")}`);
  expect(told, where).toEqual([]);
}

/// Contacts as an import leaves them, straight into the database: `Row 00001` and so on.
async function fill(database: string, many: number, prefix: string): Promise<void> {
  const client = new Client({ connectionString: database });
  await client.connect();
  await client.query(
    `insert into contact (workspace_id, id, name, first_seen_at, created_at)
     select w.id, gen_random_uuid(), $1 || ' ' || lpad(n::text, 6, '0'), now() - interval '1 year', now()
     from workspace w, generate_series(1, $2::int) n`,
    [prefix, many],
  );
  await client.end();
}

const named = (words: string) => async (dialog: Locator) => dialog.getByRole("textbox", { name: "Words" }).fill(words);

test("a filter is put together, kept by the address, saved as a segment, and exported", async ({ sit, simulator, baton }) => {
  const olivia = await sit("Olivia");
  const page = olivia.page;
  for (const name of ["Fiona Filter", "Fred Filter", "Zoe Other"]) await simulator.write(await simulator.customer(name), "Hello");
  await page.getByRole("link", { name: "Contacts" }).click();
  const grid = page.getByRole("grid", { name: "Contacts" });
  await expect(grid.getByRole("button", { name: "Zoe Other" })).toBeVisible();

  await condition(page, "name", named("filter"));
  await expect(page.getByRole("button", { name: "Name contains “filter”", exact: true })).toBeVisible();
  await expect(page.locator(".counts")).toContainText("2 match");
  await grid.getByRole("columnheader", { name: "Name" }).getByRole("button").click();
  await expect(grid.locator(".open")).toHaveText(["Fiona Filter", "Fred Filter"]);
  await grid.getByRole("columnheader", { name: "Name" }).getByRole("button").click();
  await expect(grid.locator(".open")).toHaveText(["Fred Filter", "Fiona Filter"]);
  await condition(page, "name", named("zoe"));
  await expect(page.getByText("Nobody matches.")).toBeVisible();
  await page.getByRole("button", { name: "Join by or" }).click();
  await expect(grid.locator(".open")).toHaveText(["Zoe Other", "Fred Filter", "Fiona Filter"]);

  // The address holds it.
  await page.reload();
  await expect(page.locator("body")).toHaveAttribute("data-hydrated", "true");
  await expect(grid.locator(".open")).toHaveText(["Zoe Other", "Fred Filter", "Fiona Filter"]);
  await expect(grid.getByRole("columnheader", { name: "Name" })).toHaveAttribute("aria-sort", "descending");

  await page.getByRole("button", { name: "Save as segment" }).click();
  const dialog = page.getByRole("dialog", { name: "Save as segment" });
  await dialog.getByLabel("Name").fill("Filtered");
  await dialog.getByRole("button", { name: "Save" }).click();
  await expect(dialog).toBeHidden();
  const segment = page.getByLabel("Segment", { exact: true });
  await expect(segment.locator("option:checked")).toHaveText("Filtered");
  await segment.selectOption({ label: "Everybody" });
  await expect(page.locator(".asked")).toHaveCount(0);
  await segment.selectOption({ label: "Filtered" });
  await expect(grid.locator(".open")).toHaveText(["Zoe Other", "Fred Filter", "Fiona Filter"]);

  const download = page.waitForEvent("download");
  await page.locator(".head").getByRole("button", { name: "Export" }).click();
  const csv = await readFile((await (await download).path())!, "utf8");
  expect(csv.split("\r\n")[0]).toBe('\ufeff"Name","Phone","Status","Tags","Last active","Source","Unresolved"');
  expect(csv).toContain('"Fiona Filter"');
  expect(csv.trimEnd().split("\r\n")).toHaveLength(4);

  await page.getByRole("button", { name: "Delete" }).click();
  await page.getByRole("dialog", { name: "Delete “Filtered”?" }).getByRole("button", { name: "Delete" }).click();
  await expect(segment.locator("option")).toHaveText(["Everybody"]);
  await expect(page.locator(".asked")).toHaveCount(2);

  // Agents have no link, and no page.
  const ana = await sit("Ana");
  await expect(ana.page.getByRole("link", { name: "Contacts" })).toHaveCount(0);
  await ana.page.goto(`${baton.url}/contacts`);
  await expect(ana.page.getByRole("heading", { name: "Contacts are for supervisors" })).toBeVisible();
});

test("a tag is given to all that match, and undone", async ({ sit, baton }) => {
  const olivia = await sit("Olivia");
  const page = olivia.page;
  await fill(baton.database, 350, "Bulk");
  const grid = await open(page, baton.url);
  await condition(page, "name", named("bulk 000"));
  await expect(page.locator(".counts")).toContainText("350 match");
  await grid.getByRole("checkbox", { name: "Choose all that are loaded" }).check();
  const bar = page.getByRole("region", { name: "What is chosen" });
  await bar.getByRole("button", { name: "Choose all 350 that match" }).click();
  await expect(bar).toContainText("All 350 that match chosen");
  await bar.getByRole("button", { name: "Add tag" }).click();
  const dialog = page.getByRole("dialog", { name: "Add a tag" });
  const option = dialog.getByLabel("Tag").locator("option").nth(1);
  const tag = (await option.textContent())!.split(" · ")[1];
  await dialog.getByLabel("Tag").selectOption({ index: 1 });
  await dialog.getByRole("button", { name: "Begin" }).click();
  await expect(dialog).toBeHidden();
  const card = page.locator(".tasks .task");
  await expect(card).toContainText("Done: 350 changed");
  await expect(grid.locator(".line .tag", { hasText: tag }).first()).toBeVisible();
  await card.getByRole("button", { name: "Undo" }).click();
  await expect(card).toContainText("Undone: 350 put back");
  await expect(grid.locator(".line .tag", { hasText: tag })).toHaveCount(0);
  await card.getByRole("button", { name: "Put aside" }).click();
  await expect(card).toHaveCount(0);
  await page.getByRole("button", { name: "Changes" }).click();
  await expect(page.getByRole("dialog", { name: "Changes to many contacts" })).toContainText("Undone: 350 put back");
});

/// Begins something for those who are chosen.
async function begin(page: Page, button: string, title: string, choose: (dialog: Locator) => Promise<unknown>): Promise<void> {
  await page.getByRole("region", { name: "What is chosen" }).getByRole("button", { name: button }).click();
  const dialog = page.getByRole("dialog", { name: title });
  await choose(dialog);
  await dialog.getByRole("button", { name: "Begin" }).click();
  await expect(dialog).toBeHidden();
}

/// Waits for what a task's card says at its end, and puts the card aside.
async function ends(page: Page, words: string, said: string | RegExp): Promise<void> {
  const card = page.locator(".tasks .task").filter({ hasText: words });
  await expect(card.locator(".dim")).toHaveText(said);
  await card.getByRole("button", { name: "Put aside" }).click();
  await expect(card).toHaveCount(0);
}

/// What is said at the end of something for all that match: others may be with agents.
const done = (what: string) => new RegExp(`^Done: ${what}(; left out: \\d+ with an agent)?$`);

/// Three customers with the bot, whose names end alike.
async function three(simulator: Simulator, alike: string): Promise<Customer[]> {
  const people: Customer[] = [];
  for (const first of ["Abe", "Bea", "Cid"]) people.push(await simulator.customer(`${first} ${alike}`));
  for (const who of people) {
    await simulator.write(who, "Hello");
    await simulator.hears(who, "What can I do for you?");
  }
  return people;
}

test("a tag is taken off those who are chosen, and off all that match", async ({ sit, simulator }) => {
  const olivia = await sit("Olivia");
  const page = olivia.page;
  const people = await three(simulator, "Takeoff");
  const grid = await open(page, olivia.url);
  await condition(page, "name", named("takeoff"));
  await expect(page.locator(".counts")).toContainText("3 match");
  const bar = page.getByRole("region", { name: "What is chosen" });
  const choose = (name: string) => grid.getByRole("checkbox", { name: `Choose ${name}` }).check();
  const tag = (dialog: Locator) => dialog.getByLabel("Tag").selectOption({ label: "Topic · Refund" });
  const carry = (name: string) => grid.locator(".line", { hasText: name }).locator(".tag", { hasText: "Refund" });
  const everybody = async () => {
    await choose("Abe Takeoff");
    await bar.getByRole("button", { name: "Choose all 3 that match" }).click();
    await expect(bar).toContainText("All 3 that match chosen");
  };
  await everybody();
  await begin(page, "Add tag", "Add a tag", tag);
  await ends(page, "Give the tag Refund", done("3 changed"));
  for (const who of people) await expect(carry(who.name!)).toBeVisible();

  await choose("Abe Takeoff");
  await choose("Bea Takeoff");
  await expect(bar).toContainText("2 contacts chosen");
  await begin(page, "Take off tag", "Take off a tag", tag);
  await expect(bar).toBeHidden();
  await ends(page, "Take off the tag Refund", "Done: 2 changed");
  await expect(carry("Abe Takeoff")).toHaveCount(0);
  await expect(carry("Bea Takeoff")).toHaveCount(0);
  await expect(carry("Cid Takeoff")).toBeVisible();

  await everybody();
  await begin(page, "Take off tag", "Take off a tag", tag);
  await ends(page, "Take off the tag Refund", done("1 changed, 2 were so already or could not be"));
  await expect(carry("Cid Takeoff")).toHaveCount(0);

  for (const who of people) {
    await olivia.goto("active");
    await olivia.open(who);
    const steps = olivia.profile.locator(".journey .step", { hasText: "the tag Topic · Refund" });
    await expect(steps).toHaveText([/Olivia Hart took off the tag Topic · Refund/, /Olivia Hart gave the tag Topic · Refund/]);
  }
});

test("an attribute is set for those who are chosen, for all that match, and cleared", async ({ sit, simulator }) => {
  const olivia = await sit("Olivia");
  const page = olivia.page;
  const people = await three(simulator, "Setlevel");
  const grid = await open(page, olivia.url);
  await condition(page, "name", named("setlevel"));
  await expect(page.locator(".counts")).toContainText("3 match");
  const bar = page.getByRole("region", { name: "What is chosen" });
  const choose = (name: string) => grid.getByRole("checkbox", { name: `Choose ${name}` }).check();
  const level = (value: string) => async (dialog: Locator) => {
    await dialog.getByLabel("Attribute").selectOption({ label: "Level" });
    if (value) await dialog.getByLabel("Value").selectOption(value);
  };
  const everybody = async () => {
    await choose("Abe Setlevel");
    await bar.getByRole("button", { name: "Choose all 3 that match" }).click();
    await expect(bar).toContainText("All 3 that match chosen");
  };
  const peek = page.getByRole("complementary", { name: "Contact" });
  const has = async (name: string, value: string) => {
    await grid.getByRole("button", { name, exact: true }).click();
    await expect(peek.getByRole("heading")).toHaveText(name);
    const shown = peek.locator("dt", { hasText: /^Level$/ }).locator("xpath=following-sibling::dd[1]");
    await (value ? expect(shown).toHaveText(value) : expect(shown).toHaveCount(0));
  };
  await choose("Abe Setlevel");
  await choose("Bea Setlevel");
  await begin(page, "Set attribute", "Set an attribute", level("Gold"));
  await ends(page, "Set Level to Gold", "Done: 2 changed");
  await has("Abe Setlevel", "Gold");
  await has("Bea Setlevel", "Gold");
  await has("Cid Setlevel", "");

  await everybody();
  await begin(page, "Set attribute", "Set an attribute", level("Silver"));
  await ends(page, "Set Level to Silver", done("3 changed"));
  for (const who of people) await has(who.name!, "Silver");

  await everybody();
  await begin(page, "Set attribute", "Set an attribute", level(""));
  await ends(page, "Clear Level", done("3 changed"));
  for (const who of people) await has(who.name!, "");

  for (const [who, ...steps] of [
    [people[0], "Silver → nothing", "Gold → Silver", "Gold"],
    [people[2], "Silver → nothing", "Silver"],
  ] as [Customer, ...string[]][]) {
    await olivia.goto("active");
    await olivia.open(who);
    const told = olivia.profile.locator(".journey .step span", { hasText: "set Level" });
    await expect(told).toHaveText(steps.map((words) => `Olivia Hart set Level: ${words}`));
  }
});

test("a task says how many were left out as they are with an agent", async ({ sit, simulator }) => {
  const [ana, olivia] = [await sit("Ana"), await sit("Olivia")];
  const page = olivia.page;
  const people = await three(simulator, "Leftout");
  const grid = await open(page, olivia.url);
  await condition(page, "name", named("leftout"));
  await expect(page.locator(".counts")).toContainText("3 match");
  const bar = page.getByRole("region", { name: "What is chosen" });
  const country = (value: string) => async (dialog: Locator) => {
    await dialog.getByLabel("Attribute").selectOption({ label: "Country" });
    await dialog.getByLabel("Value").fill(value);
  };
  for (const name of ["Abe Leftout", "Bea Leftout"]) await grid.getByRole("checkbox", { name: `Choose ${name}` }).check();
  await ana.take(simulator, people[0]);
  await expect(grid.locator(".line", { hasText: "Abe Leftout" })).toHaveCount(0);
  await begin(page, "Set attribute", "Set an attribute", country("Narnia"));
  await ends(page, "Set Country to Narnia", "Done: 1 changed; left out: 1 with an agent");

  // Of all that match, everybody counts who is with an agent: no filter tells whether they match.
  await expect(page.locator(".counts")).toContainText("2 match");
  await grid.getByRole("checkbox", { name: "Choose Bea Leftout" }).check();
  await bar.getByRole("button", { name: "Choose all 2 that match" }).click();
  await begin(page, "Set attribute", "Set an attribute", country("Oz"));
  await ends(page, "Set Country to Oz", /^Done: 2 changed; left out: [1-9]\d* with an agent$/);
  await ana.resolve();
  await expect(ana.profile.locator(".journey .step", { hasText: "resolved" })).toBeVisible();
  await expect(ana.profile.locator(".journey .step", { hasText: "set Country" })).toHaveCount(0);
});

test("a task is cancelled under way, and what it did is put back", async ({ sit, baton }) => {
  const olivia = await sit("Olivia");
  const page = olivia.page;
  await fill(baton.database, 3000, "Cancelled");
  const grid = await open(page, baton.url, "?sort=name");
  await condition(page, "name", named("cancelled"));
  await expect(grid.locator(".open").first()).toHaveText("Cancelled 000001");
  await grid.getByRole("checkbox", { name: "Choose Cancelled 000001", exact: true }).check();
  await page.getByRole("region", { name: "What is chosen" }).getByRole("button", { name: /^Choose all .* that match$/ }).click();
  // Nobody is changed while their table is locked: the task stands still in its first batch.
  const [lock, look] = [new Client({ connectionString: baton.database }), new Client({ connectionString: baton.database })];
  const card = page.locator(".tasks .task");
  try {
    for (const client of [lock, look]) await client.connect();
    await lock.query("begin");
    await lock.query("lock table contact in exclusive mode");
    await begin(page, "Add tag", "Add a tag", (dialog) => dialog.getByLabel("Tag").selectOption({ label: "Topic · Delivery" }));
    await expect(card).toContainText("0 of 3000");
    await card.getByRole("button", { name: "Cancel" }).click();
    const waiting = `select 1 from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'
      and query like 'select state, words%from contact_task%for update%'`;
    await expect.poll(async () => (await look.query(waiting)).rowCount, { message: "Cancel waits for the batch" }).toBe(1);
  } finally {
    for (const client of [lock, look]) await client.end();
  }
  await expect(card).toContainText(/Stopped after \d+ of 3000: \d+ changed\./);
  const [, visited, changed] = (await card.textContent())!.match(/Stopped after (\d+) of 3000: (\d+) changed/)!;
  expect(Number(visited)).toBeLessThan(3000);
  expect(changed).toBe(visited);
  await expect(card.getByRole("button", { name: "Cancel" })).toHaveCount(0);
  await card.getByRole("button", { name: "Undo" }).click();
  await expect(card).toContainText(`Undone: ${changed} put back`);
  await expect(grid.locator(".line .tag", { hasText: "Delivery" })).toHaveCount(0);
});

/// Begins to give a tag to all of some whose names begin alike.
async function beginForAll(page: Page, grid: Locator, prefix: string, many: number): Promise<void> {
  await expect(grid.locator(".open").first()).toHaveText(`${prefix} 000001`);
  await grid.getByRole("checkbox", { name: `Choose ${prefix} 000001`, exact: true }).check();
  await page.getByRole("region", { name: "What is chosen" }).getByRole("button", { name: `Choose all ${many} that match` }).click();
  await begin(page, "Add tag", "Add a tag", (dialog) => dialog.getByLabel("Tag").selectOption({ label: "Topic · Delivery" }));
}

test("Cancel keeps the keyboard while a task goes on, and only its beginning and end are said", async ({ sit, baton }) => {
  const olivia = await sit("Olivia");
  const page = olivia.page;
  await fill(baton.database, 350, "Tabbed");
  const grid = await open(page, baton.url, "?sort=name");
  await condition(page, "name", named("tabbed"));
  const card = page.locator(".tasks .task");
  const said = page.locator(".tasks").getByRole("status");
  let visited = 0;
  await retell(page, "latest_tasks", (tasks) => {
    for (const task of tasks) if (task.state === "running") task.visited = visited;
  });
  await still(baton.database, async () => {
    await beginForAll(page, grid, "Tabbed", 350);
    await expect(card).toContainText("0 of 350");
    const cancel = card.getByRole("button", { name: "Cancel" });
    await tabTo(page, cancel);
    for (visited of [120, 240]) {
      await expect(card).toContainText(`${visited} of 350`);
      await expect(card.getByRole("progressbar")).toHaveAttribute("value", `${visited}`);
      await expect(cancel).toBeFocused();
      await expect(said).toHaveText("Give the tag Delivery: begun.");
    }
  });
  await expect(card).toContainText("Done: 350 changed");
  await expect(said).toContainText("Give the tag Delivery: Done: 350 changed");
  await page.unroute("**/api/latest_tasks*");
});

test("a task is followed past answers that fail, and its card says so meanwhile", async ({ sit, baton, allow }) => {
  allow(/Failed to load resource/);
  const olivia = await sit("Olivia");
  const page = olivia.page;
  await fill(baton.database, 150, "Stalled");
  const grid = await open(page, baton.url, "?sort=name");
  await condition(page, "name", named("stalled"));
  const card = page.locator(".tasks .task");
  const trouble = page.locator(".tasks").getByRole("alert");
  let how: Answers = "as they are";
  await answer(page, "latest_tasks", () => how);
  await still(baton.database, async () => {
    await beginForAll(page, grid, "Stalled", 150);
    await expect(card).toContainText("0 of 150");
    how = "lost";
    await expect(trouble).toHaveText("No connection to the server. Trying again …");
    how = "foreign";
    await expect(trouble).toHaveText("The server does not answer as it should. Trying again …");
    await expect(card).toContainText("0 of 150");
    how = "as they are";
    await expect(trouble).toHaveCount(0);
  });
  await expect(card).toContainText("Done: 150 changed");
});

test("headings sort by the keyboard, and keys that are meant for them move no row", async ({ sit, simulator }) => {
  const olivia = await sit("Olivia");
  const page = olivia.page;
  await three(simulator, "Keyed");
  const grid = await open(page, olivia.url);
  await condition(page, "name", named("keyed"));
  const names = grid.locator(".open");
  await expect(names).toHaveCount(3);
  const heading = (name: string) => grid.getByRole("columnheader", { name });
  const bar = page.getByRole("region", { name: "What is chosen" });
  const marked = grid.locator('[data-marked="true"]');
  await expect(heading("Name")).toHaveAttribute("aria-sort", "none");
  await expect(heading("Last active")).toHaveAttribute("aria-sort", "descending");
  await grid.focus();
  await page.keyboard.press("ArrowDown");
  await expect(marked).toHaveCount(1);

  const name = heading("Name").getByRole("button");
  await tabTo(page, name);
  await page.keyboard.press("Enter");
  await expect(heading("Name")).toHaveAttribute("aria-sort", "ascending");
  await expect(heading("Last active")).toHaveAttribute("aria-sort", "none");
  await expect(names).toHaveText(["Abe Keyed", "Bea Keyed", "Cid Keyed"]);
  await expect(name).toBeFocused();
  await page.keyboard.press("Space");
  await expect(heading("Name")).toHaveAttribute("aria-sort", "descending");
  await expect(names).toHaveText(["Cid Keyed", "Bea Keyed", "Abe Keyed"]);
  await expect(name).toBeFocused();
  await expect(bar).toHaveCount(0);
  await expect(page.getByRole("complementary", { name: "Contact" })).toHaveCount(0);

  // With a row marked, Space on the box of all is not for that row.
  await grid.focus();
  await page.keyboard.press("ArrowDown");
  await expect(marked).toHaveCount(1);
  const all = grid.getByRole("checkbox", { name: "Choose all that are loaded" });
  await tabTo(page, all);
  await page.keyboard.press("Space");
  await expect(all).toBeChecked();
  await expect(bar).toContainText("3 contacts chosen");
  await page.keyboard.press("Space");
  await expect(all).not.toBeChecked();
  await expect(bar).toHaveCount(0);

  // From a box that was clicked the arrows go on, and Space is for where they lead.
  await grid.getByRole("checkbox", { name: "Choose Cid Keyed" }).click();
  await expect(bar).toContainText("1 contact chosen");
  await page.keyboard.press("ArrowDown");
  await expect(marked.locator(".open")).toHaveText("Bea Keyed");
  await page.keyboard.press("Space");
  await expect(bar).toContainText("2 contacts chosen");
  await expect(grid.getByRole("checkbox", { name: "Choose Bea Keyed" })).toBeChecked();
});

test("who newly matches appears by themselves, unless somebody is chosen: then a button leads there", async ({ sit, simulator }) => {
  const olivia = await sit("Olivia");
  const page = olivia.page;
  const write = async (name: string) => simulator.write(await simulator.customer(name), "Hello");
  await write("Nina Newcome");
  const grid = await open(page, olivia.url, "?sort=name");
  await condition(page, "name", named("newcome"));
  const names = grid.locator(".open");
  await expect(names).toHaveText(["Nina Newcome"]);
  // The row that has the keyboard keeps it, wherever it moves.
  await grid.focus();
  await page.keyboard.press("ArrowDown");
  await write("Mona Newcome");
  await expect(names).toHaveText(["Mona Newcome", "Nina Newcome"]);
  await expect(page.locator(".counts")).toContainText("2 match");
  await expect(grid.locator('[data-marked="true"] .open')).toHaveText("Nina Newcome");

  await page.keyboard.press("Space");
  const chosen = grid.getByRole("checkbox", { name: "Choose Nina Newcome" });
  await expect(chosen).toBeChecked();
  const news = page.getByRole("button", { name: "1 new · show" });
  await write("Lara Newcome");
  await expect(news).toBeVisible();
  await expect(names).toHaveText(["Mona Newcome", "Nina Newcome"]);
  await tabTo(page, news);
  await page.keyboard.press("Enter");
  await expect(names).toHaveText(["Lara Newcome", "Mona Newcome", "Nina Newcome"]);
  await expect(news).toHaveCount(0);
  await expect(chosen).toBeChecked();
  await expect(grid).toBeFocused();

  // Once nobody is chosen, what was missed is shown.
  await write("Kira Newcome");
  await expect(news).toBeVisible();
  await page.keyboard.press("Escape");
  await expect(names).toHaveText(["Kira Newcome", "Lara Newcome", "Mona Newcome", "Nina Newcome"]);
  await expect(news).toHaveCount(0);
});

test("a reader who has scrolled keeps their place, and finds who is new at the top", async ({ sit, simulator, baton }) => {
  const olivia = await sit("Olivia");
  const page = olivia.page;
  await fill(baton.database, 300, "Placed");
  const grid = await open(page, baton.url, "?sort=name");
  await condition(page, "name", named("placed"));
  await expect(page.locator(".counts")).toContainText("300 match");
  const row = grid.getByRole("button", { name: "Placed 000055" });
  const down = async () => {
    await grid.evaluate((element) => element.scrollTo(0, 50 * 44));
    await expect(row).toBeVisible();
  };
  const news = page.locator(".counts").getByRole("button");
  const write = async (name: string) => simulator.write(await simulator.customer(name), "Hello");
  await down();
  const place = async () => (await row.boundingBox())!.y - (await grid.boundingBox())!.y;
  const before = await place();
  await write("Amy Placed");
  await expect(news).toHaveText("1 new · show");
  // Also who stands behind everybody that is loaded.
  await write("Zoe Placed");
  await expect(news).toHaveText("2 new · show");
  expect(await place()).toBe(before);
  await news.click();
  await expect(grid.locator(".open").first()).toHaveText("Amy Placed");
  await expect.poll(() => grid.evaluate((element) => element.scrollTop)).toBe(0);
  await expect(news).toHaveCount(0);

  // Whoever comes back to the top needs no button.
  await down();
  await write("Ada Placed");
  await expect(news).toHaveText("1 new · show");
  await grid.evaluate((element) => element.scrollTo(0, 0));
  await expect(grid.locator(".open").first()).toHaveText("Ada Placed");
  await expect(news).toHaveCount(0);
});

test("a segment is renamed, and brought up to date with another filter", async ({ sit, simulator }) => {
  const [olivia, marco] = [await sit("Olivia"), await sit("Marco")];
  const page = olivia.page;
  for (const name of ["Sia Segmented", "Sol Segmented"]) await simulator.write(await simulator.customer(name), "Hello");
  const grid = await open(page, olivia.url, "?sort=name");
  await condition(page, "name", named("segmented"));
  await expect(grid.locator(".open")).toHaveText(["Sia Segmented", "Sol Segmented"]);
  await page.getByRole("button", { name: "Save as segment" }).click();
  const saving = page.getByRole("dialog", { name: "Save as segment" });
  await saving.getByLabel("Name").fill("Before");
  await saving.getByRole("button", { name: "Save" }).click();
  await expect(saving).toBeHidden();
  const here = page.getByLabel("Segment", { exact: true });
  await expect(here.locator("option:checked")).toHaveText("Before");
  const other = await open(marco.page, marco.url, "?sort=name");
  const there = marco.page.getByLabel("Segment", { exact: true });
  await there.selectOption({ label: "Before" });
  await expect(other.locator(".open")).toHaveText(["Sia Segmented", "Sol Segmented"]);

  // Another name, the same filter, on every screen.
  const update = page.getByRole("button", { name: "Update segment" });
  await page.getByRole("button", { name: "Rename" }).click();
  const renaming = page.getByRole("dialog", { name: "Rename the segment" });
  await expect(renaming.getByLabel("Name")).toHaveValue("Before");
  await renaming.getByLabel("Name").fill("After");
  await renaming.getByRole("button", { name: "Save" }).click();
  await expect(renaming).toBeHidden();
  for (const segment of [here, there]) await expect(segment.locator("option:checked")).toHaveText("After");
  await expect(here.locator("option", { hasText: "Before" })).toHaveCount(0);
  await expect(update).toHaveCount(0);

  // Another filter, the same name.
  await condition(page, "name", named("sol"));
  await expect(grid.locator(".open")).toHaveText(["Sol Segmented"]);
  await update.click();
  await expect(update).toHaveCount(0);
  await expect(here.locator("option:checked")).toHaveText("After");
  for (const [segment, table] of [[here, grid], [there, other]] as const) {
    await segment.selectOption({ label: "Everybody" });
    await expect(segment.page().locator(".asked")).toHaveCount(0);
    await segment.selectOption({ label: "After" });
    await expect(segment.page().locator(".asked")).toHaveCount(2);
    await expect(table.locator(".open")).toHaveText(["Sol Segmented"]);
  }
  await page.getByRole("button", { name: "Delete" }).click();
  await page.getByRole("dialog", { name: "Delete “After”?" }).getByRole("button", { name: "Delete" }).click();
  await expect(here.locator("option", { hasText: "After" })).toHaveCount(0);
});

test("the rows in the page stay few while one scrolls through thousands; keys walk and choose", async ({ sit, baton }) => {
  const olivia = await sit("Olivia");
  const page = olivia.page;
  await fill(baton.database, 3000, "Many");
  const grid = await open(page, baton.url, "?sort=name");
  await condition(page, "name", named("many"));
  await expect(grid.locator(".open").first()).toHaveText("Many 000001");
  const rows = grid.locator(".line:not(.headings)");
  const loaded = async () => grid.evaluate((element) => element.scrollHeight);
  let most = 0;
  for (let height = await loaded(); height < 3000 * 44; height = await loaded()) {
    await grid.evaluate((element) => element.scrollTo(0, element.scrollHeight));
    await expect.poll(loaded).toBeGreaterThan(height);
    most = Math.max(most, await rows.count());
  }
  expect(most).toBeLessThan(80);
  await grid.evaluate((element) => element.scrollTo(0, element.scrollHeight));
  await expect(grid.getByRole("button", { name: "Many 003000" })).toBeVisible();

  await grid.focus();
  await page.keyboard.press("Home");
  await expect(grid.locator('[data-marked="true"] .open')).toHaveText("Many 000001");
  await page.keyboard.press("Space");
  await page.keyboard.press("Shift+ArrowDown");
  await page.keyboard.press("Shift+ArrowDown");
  const bar = page.getByRole("region", { name: "What is chosen" });
  await expect(bar).toContainText("3 contacts chosen");
  await grid.getByRole("checkbox", { name: "Choose Many 000010" }).click({ modifiers: ["Shift"] });
  await expect(bar).toContainText("10 contacts chosen");
  await page.keyboard.press("Escape");
  await grid.focus();
  await page.keyboard.press("Escape");
  await expect(bar).toBeHidden();
  await page.keyboard.press("Enter");
  const peek = page.getByRole("complementary", { name: "Contact" });
  await expect(peek.getByRole("heading")).toHaveText("Many 000010");
  await expect(peek).toContainText("No chat yet");
});

test("whom an agent takes leaves the table at once, and is said as a number", async ({ sit, simulator }) => {
  const [ana, olivia] = [await sit("Ana"), await sit("Olivia")];
  const who = await simulator.customer("Lea Leaves");
  await simulator.write(who, "Hello");
  const grid = await open(olivia.page, olivia.url);
  const row = grid.locator(".line", { hasText: "Lea Leaves" });
  await row.getByRole("button", { name: "Lea Leaves" }).click();
  const peek = olivia.page.getByRole("complementary", { name: "Contact" });
  await expect(peek.getByRole("link", { name: "Open the chat" })).toHaveAttribute("href", /^\/chats\/active\/[0-9a-f-]{36}$/);
  const left = olivia.page.locator(".left-out");
  const before = Number(((await left.textContent().catch(() => "")) ?? "0").match(/^\d+/)?.[0] ?? 0);

  await ana.take(simulator, who);
  await expect(row).toHaveCount(0);
  await expect(peek).toHaveCount(0);
  await expect(left).toContainText(`${before + 1} contact`);
  expect(await olivia.page.content()).not.toContain("Lea Leaves");
  // Nor does it come back with the next look.
  await open(olivia.page, olivia.url);
  await expect(left).toContainText(`${before + 1} contact`);
  await expect(row).toHaveCount(0);
});

test("columns are chosen and remembered", async ({ sit, baton }) => {
  const olivia = await sit("Olivia");
  const page = olivia.page;
  const grid = await open(page, baton.url);
  await page.getByRole("button", { name: "Columns" }).click();
  const dialog = page.getByRole("dialog", { name: "Columns" });
  await dialog.getByLabel("Source").uncheck();
  await dialog.getByLabel("Level").check();
  await dialog.getByRole("button", { name: "Done" }).click();
  await expect(grid.getByRole("columnheader", { name: "Level" })).toBeVisible();
  const saved = page.waitForResponse(/choose_columns/);
  await page.getByRole("button", { name: "Columns" }).click();
  await dialog.getByRole("button", { name: "Done" }).click();
  await saved;
  await page.reload();
  await expect(grid.getByRole("columnheader", { name: "Level" })).toBeVisible();
  await expect(grid.getByRole("columnheader", { name: "Source" })).toHaveCount(0);
});

for (const [name, viewport] of [["desktop", { width: 1440, height: 900 }], ["phone", { width: 390, height: 844 }]] as const) {
  for (const colorScheme of ["light", "dark"] as const) {
    test(`the page fits a ${name}, ${colorScheme}`, async ({ sit, baton }, info) => {
      const olivia = await sit("Olivia", { viewport, colorScheme });
      const page = olivia.page;
      const grid = await open(page, baton.url, "?sort=name");
      await condition(page, "unresolved", async (dialog) => dialog.getByLabel("From").fill("0"));
      await expect(grid.locator(".open").first()).toBeVisible();
      const wide = await page.evaluate(() => document.documentElement.scrollWidth > window.innerWidth);
      expect(wide, "nothing sticks out").toBe(false);
      const begins = await grid.locator(".line").evaluateAll((lines) => lines.map((line) => line.children[2]?.getBoundingClientRect().left));
      expect(new Set(begins).size, "a column begins at one place, however long a name is").toBe(1);
      await grid.getByRole("checkbox").nth(2).click();
      await expect(page.getByRole("region", { name: "What is chosen" })).toBeVisible();
      await sound(page, "the table");
      await page.screenshot({ path: info.outputPath("page.png") });
      await page.keyboard.press("Escape");
      await grid.locator(".open").first().click();
      await expect(page.getByRole("complementary", { name: "Contact" })).toBeVisible();
      await sound(page, "a contact");
      await page.screenshot({ path: info.outputPath("peek.png") });
      await page.getByRole("complementary", { name: "Contact" }).getByRole("button", { name: "Close" }).click();
      await page.getByRole("button", { name: "+ Condition" }).first().click();
      await expect(page.getByRole("dialog", { name: "Add a condition" })).toBeVisible();
      await sound(page, "a condition");
      await page.screenshot({ path: info.outputPath("condition.png") });
    });
  }
}

import { expect, test } from "../support/fixtures";

test("an edited value is taken back within ten seconds, not later, and the journey says both", async ({ sit, simulator }) => {
  const ana = await sit("Ana", { before: async (page) => page.clock.install() });
  const who = await simulator.customer("Tess Tenseconds");
  await ana.take(simulator, who);
  await ana.set("Email", "tess@old.example");
  const toast = ana.page.locator(".toast", { hasText: "Email saved." });
  const shows = (value: string) => expect(ana.field("Email").getByRole("button", { name: `Email: ${value}`, exact: true })).toBeVisible();
  const steps = ana.profile.locator(".journey .step");
  await expect(toast).toBeVisible();
  await ana.page.clock.fastForward(11_000);
  await expect(toast).toHaveCount(0);
  const pause = async () => ana.page.clock.pauseAt(new Date((await ana.page.evaluate(() => Date.now())) + 1_000));

  await pause();
  await ana.set("Email", "tess@new.example");
  await expect(toast).toBeVisible();
  await ana.page.clock.runFor(9_900);
  await expect(toast).toBeVisible();
  await toast.getByRole("button", { name: "Undo", exact: true }).click();
  await expect(toast).toHaveCount(0);
  await ana.page.clock.resume();
  await shows("tess@old.example");
  await expect(steps.nth(0)).toContainText("set Email: tess@new.example → tess@old.example");
  await expect(steps.nth(1)).toContainText("set Email: tess@old.example → tess@new.example");

  await pause();
  await ana.set("Email", "tess@last.example");
  await expect(toast).toBeVisible();
  await ana.page.clock.runFor(10_100);
  await expect(toast).toHaveCount(0);
  await ana.page.clock.resume();
  await shows("tess@last.example");
  await expect(steps.nth(0)).toContainText("set Email: tess@old.example → tess@last.example");
  await ana.page.reload();
  await ana.live();
  await shows("tess@last.example");
  await ana.resolve();
});

test("what another member has changed since is not taken back", async ({ sit, simulator }) => {
  const [ana, ben] = [await sit("Ana"), await sit("Ben")];
  const who = await simulator.customer("Uri Undone");
  await simulator.write(who, "hello");
  await ana.open(who);
  await ben.open(who);
  await ana.set("Country", "Portugal");
  await expect(ben.field("Country")).toContainText("Portugal");
  await ben.set("Country", "Brazil");
  await expect(ana.field("Country")).toContainText("Brazil");
  await ana.page.locator(".toast", { hasText: "Country saved." }).getByRole("button", { name: "Undo", exact: true }).click();
  await expect(ana.page.getByText("Ben Okafor has changed it since.")).toBeVisible();
  await expect(ana.field("Country")).toContainText("Brazil");
  await expect(ben.field("Country")).toContainText("Brazil");
});

test("many edits in a row: each can be taken back for its time, the first one, too", async ({ sit, simulator }) => {
  const ana = await sit("Ana", { before: async (page) => page.clock.install() });
  const who = await simulator.customer("Quentin Quick");
  await simulator.write(who, "hello");
  await ana.open(who);
  // Once it is there: what comes later waits for the clock.
  await expect(ana.field("Email")).toBeVisible();
  await ana.page.clock.pauseAt(new Date((await ana.page.evaluate(() => Date.now())) + 1_000));
  const edits = [
    ["Email", "quentin@first.example"],
    ["Country", "Portugal"],
    ["Order number", "B-1000"],
    ["Website", "https://quentin.example"],
    ["Delivery notes", "Ring twice."],
    ["Country", "Spain"],
  ] as const;
  for (const [attribute, value] of edits) await ana.set(attribute, value);
  const undo = ana.page.locator(".toast").getByRole("button", { name: "Undo", exact: true });
  await expect(undo).toHaveCount(edits.length);
  await ana.page.locator(".toast", { hasText: "Email saved." }).getByRole("button", { name: "Undo", exact: true }).click();
  await expect(ana.field("Email").getByRole("button", { name: "Add Email" })).toBeVisible();
  await expect(undo).toHaveCount(edits.length - 1);
  await ana.page.clock.runFor(10_100);
  await expect(undo).toHaveCount(0);
  await ana.page.clock.resume();
  await expect(ana.field("Country")).toContainText("Spain");
});

test("the note for the team stays with its chat until that is resolved", async ({ sit, simulator, allow }) => {
  // The Resolve that is refused.
  allow(/status of 503/);
  const ana = await sit("Ana");
  const [who, other] = [await simulator.customer("Nola Noted"), await simulator.customer("Owen Other")];
  await ana.take(simulator, other);
  await ana.take(simulator, who);
  const dialog = ana.page.getByRole("dialog", { name: "Resolve this chat" });
  const note = dialog.getByRole("textbox", { name: /^Note/ });
  const open = async () => {
    await ana.page.getByRole("button", { name: /^Resolve/ }).first().click();
    await expect(dialog.getByRole("radio", { name: "Solved", exact: true })).toBeVisible();
  };
  const elsewhere = async () => {
    await ana.tab("Intervened").click();
    await ana.open(other);
    await open();
  };
  // Answers come when the other chat is open, and something is typed there.
  const gates: ((refused: boolean) => void)[] = [];
  await ana.page.route("**/api/resolve", async (route) => {
    const refused = await new Promise<boolean>((done) => gates.push(done));
    const answer = { status: 503, contentType: "application/json", body: '"Unavailable"' };
    await (refused ? route.fulfill(answer) : route.continue());
  });
  const resolve = async () => {
    const asked = ana.page.waitForRequest("**/api/resolve");
    await dialog.getByRole("button", { name: "Resolve", exact: true }).click();
    await asked;
    await expect(dialog).toBeHidden();
  };

  await open();
  await note.fill("call her on Monday");
  await resolve();
  await elsewhere();
  await note.fill("about Owen");
  await expect.poll(() => gates.length).toBe(1);
  gates.pop()!(true);
  const toast = ana.page.locator(".toast", { hasText: "Nola Noted was not resolved." });
  await expect(toast).toContainText("Your note: “call her on Monday”");
  await expect(note).toHaveValue("about Owen");
  await ana.page.keyboard.press("Escape");
  await expect(dialog).toBeHidden();
  await expect(ana.row(who)).toBeVisible();
  await toast.getByRole("button", { name: "Go back" }).click();
  await expect(ana.page.getByRole("heading", { level: 1 })).toHaveText("Nola Noted");
  await open();
  await expect(note).toHaveValue("call her on Monday");

  // Resolved at last, and what is typed elsewhere by then stays.
  await resolve();
  await elsewhere();
  await note.fill("still about Owen");
  await expect.poll(() => gates.length).toBe(1);
  gates.pop()!(false);
  await expect(ana.page.getByText("Resolved. The bot has the chat again.")).toBeVisible();
  await expect(note).toHaveValue("still about Owen");
  await ana.page.unroute("**/api/resolve");
  await dialog.getByRole("button", { name: "Resolve", exact: true }).click();
  await expect(dialog).toBeHidden();
  await expect(ana.profile.locator(".journey .step", { hasText: "resolved · Solved" })).toContainText("“still about Owen”");
});

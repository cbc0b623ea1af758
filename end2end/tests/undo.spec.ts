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

import type { WebSocketRoute } from "@playwright/test";
import { expect, test } from "../support/fixtures";

test("both press Intervene: one holds it, the other is told who", async ({ sit, simulator, allow }) => {
  const [ana, ben] = await Promise.all([sit("Ana"), sit("Ben")]);
  const customer = await simulator.customer("Rae Race");
  await simulator.asks(customer);
  for (const desk of [ana, ben]) {
    await desk.tab("Requested").click();
    await desk.open(customer);
    await expect(desk.intervene).toBeVisible();
  }
  // The refusal; and what the loser's screen had asked of the chat before it knew.
  allow(/status of (404|409)/);
  // Both requests are on their way before either is answered.
  const gates = [ana, ben].map(async ({ page }) => {
    let release = () => {};
    const gate = new Promise<void>((done) => (release = done));
    let arrived = () => {};
    const waits = new Promise<void>((done) => (arrived = done));
    await page.route("**/api/intervene", async (route) => {
      arrived();
      await gate;
      await route.continue();
    });
    return { release, waits };
  });
  const [first, second] = await Promise.all(gates);
  await Promise.all([ana.intervene.click(), ben.intervene.click()]);
  await Promise.all([first.waits, second.waits]);
  first.release();
  second.release();
  const lost = (desk: typeof ana) => desk.page.getByText(/faster and holds this chat now/);
  await expect
    .poll(async () => (await lost(ana).count()) + (await lost(ben).count()), { message: "one of them is told" })
    .toBe(1);
  const [winner, loser] = (await lost(ana).count()) ? [ben, ana] : [ana, ben];
  await expect(winner.composer).toBeVisible();
  await expect(loser.composer).toHaveCount(0);
  await expect(loser.bubble("Hello")).toHaveCount(0);
  await expect(lost(loser)).toContainText(winner === ana ? "Ana Silva" : "Ben Okafor");
  await winner.say("I am with you.");
  await simulator.hears(customer, "I am with you.");
});

test("a tab whose socket is cut catches up exactly and says so", async ({ sit, simulator }) => {
  const sockets: WebSocketRoute[] = [];
  let cut = false;
  const ana = await sit("Ana", {
    before: async (page) => {
      await page.routeWebSocket(/\/live/, (socket) => {
        if (cut) {
          void socket.close();
          return;
        }
        socket.connectToServer();
        sockets.push(socket);
      });
    },
  });
  const customer = await simulator.customer("Cora Cut");
  await ana.take(simulator, customer);
  await simulator.write(customer, "message 0");
  await expect(ana.bubble("message 0")).toBeVisible();

  cut = true;
  for (const socket of sockets) await socket.close();
  await expect(ana.page.locator(".connection")).toContainText("No connection");
  const other = await simulator.customer("Odo Other");
  for (let n = 1; n <= 5; n++) await simulator.write(customer, `message ${n}`);
  await simulator.asks(other);
  await simulator.hears(other, "I am getting a person");
  await expect(ana.bubble("message 1")).toHaveCount(0);

  cut = false;
  await ana.live();
  await expect(ana.page.locator(".connection")).toHaveCount(0);
  for (let n = 0; n <= 5; n++) await expect(ana.bubble(`message ${n}`)).toHaveCount(1);
  const order = await ana.log.locator('.bubble[data-author="customer"] .words').allTextContents();
  expect(order.slice(-6)).toEqual([0, 1, 2, 3, 4, 5].map((n) => `message ${n}`));
  await ana.tab("Requested").click();
  await expect(ana.row(other)).toBeVisible();
});

test("duplicate and reversed webhooks leave one of each, and ticks never go back", async ({ sit, simulator }) => {
  const ana = await sit("Ana");
  const customer = await simulator.customer("Dora Double");
  await simulator.switches({ duplicate: true, reorder: true });
  for (const words of ["one apple", "two pears", "three plums"]) await simulator.write(customer, words);
  // The bot understands none of it, and asks for a person.
  await ana.tab("Requested").click();
  await ana.open(customer);
  for (const words of ["one apple", "two pears", "three plums"]) await expect(ana.bubble(words)).toHaveCount(1);
  await ana.intervene.click();
  await ana.say("All three are here.");
  await simulator.hears(customer, "All three are here.");
  await expect
    .poll(async () => (await simulator.phone(customer)).find((m) => m.body.text?.body === "All three are here.")?.status)
    .toBe("delivered");
  await simulator.open(customer);
  const bubble = ana.bubble("All three are here.");
  await expect(bubble.getByRole("img", { name: "read" })).toBeVisible();
  await simulator.switches({});
  // A later message shows that everything before it has been taken.
  await simulator.write(customer, "four figs");
  await expect(ana.bubble("four figs")).toHaveCount(1);
  await expect(bubble.getByRole("img", { name: "read" })).toBeVisible();
  await expect(bubble).toHaveCount(1);
  for (const words of ["one apple", "two pears", "three plums"]) await expect(ana.bubble(words)).toHaveCount(1);
  const greetings = (await simulator.phone(customer)).filter((m) => m.body.text?.body?.startsWith("Hello Dora"));
  expect(greetings.length, "the bot greets once").toBe(1);
});

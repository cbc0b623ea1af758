import { expect, test } from "../support/fixtures";

test("a closed window closes the composer, says why, and the server holds to it", async ({ sit, simulator, allow }) => {
  const ana = await sit("Ana");
  const customer = await simulator.customer("Wanda Window");
  await ana.take(simulator, customer);
  const chat = ana.page.url().split("/").pop();
  await simulator.forward(23 * 3600);
  await ana.page.reload();
  await ana.live();
  await expect(ana.page.locator(".composer .closing")).toContainText("Window closes in");
  await simulator.forward(3600);
  await ana.page.reload();
  await ana.live();
  await expect(ana.composer).toHaveCount(0);
  await expect(ana.page.getByText("The 24-hour window is closed.")).toBeVisible();
  const status = await ana.page.evaluate(async (chat) => {
    const body = JSON.stringify({ chat, id: crypto.randomUUID(), text: "too late" });
    const headers = { "content-type": "application/json", accept: "application/json" };
    return (await fetch("/api/send_message", { method: "POST", headers, body })).status;
  }, chat);
  expect(status).toBe(409);
  expect((await simulator.phone(customer)).some((m) => m.body.text?.body === "too late")).toBe(false);
  allow(/status of 409/);
});

test("a message that WhatsApp refuses later says why in plain words and can be sent again", async ({ sit, simulator }) => {
  const ana = await sit("Ana");
  const customer = await simulator.customer("Fay Failure");
  await ana.take(simulator, customer);
  await simulator.switches({ fail_status: 131026 });
  await ana.say("Can you read this?");
  const bubble = ana.bubble("Can you read this?").first();
  await expect(bubble).toHaveAttribute("data-delivery", "failed");
  await expect(bubble.locator(".trouble")).toContainText(/WhatsApp/);
  await simulator.switches({});
  await bubble.getByRole("button", { name: "Send again" }).click();
  await simulator.hears(customer, "Can you read this?");
});

test("a lost answer is settled by the status, and sent once", async ({ sit, simulator }) => {
  const ana = await sit("Ana");
  const customer = await simulator.customer("Lou Lost");
  await ana.take(simulator, customer);
  await simulator.switches({ answering: "lost" });
  await ana.say("Exactly once");
  await expect(ana.bubble("Exactly once").getByRole("img", { name: "delivered" })).toBeVisible();
  await simulator.switches({});
  await ana.say("And the next");
  await simulator.hears(customer, "And the next");
  const copies = (await simulator.phone(customer)).filter((m) => m.body.text?.body === "Exactly once");
  expect(copies.length).toBe(1);
});

test("statuses that overtake a late answer count, and the message is sent once", async ({ sit, simulator }) => {
  const ana = await sit("Ana");
  const customer = await simulator.customer("Lara Late");
  await ana.take(simulator, customer);
  await simulator.switches({ answering: "late" });
  await ana.say("Worth the wait");
  await expect(ana.bubble("Worth the wait").getByRole("img", { name: "delivered" })).toBeVisible();
  await simulator.switches({});
  // The next goes out once the late answer is in: what it says must not take ticks back.
  await ana.say("And on we go");
  await simulator.hears(customer, "And on we go");
  await expect(ana.bubble("Worth the wait").getByRole("img", { name: "delivered" })).toBeVisible();
  const copies = (await simulator.phone(customer)).filter((m) => m.body.text?.body === "Worth the wait");
  expect(copies.length).toBe(1);
});

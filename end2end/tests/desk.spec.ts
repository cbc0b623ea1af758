import { expect, test } from "../support/fixtures";

test("the main path by keyboard alone", async ({ sit, simulator }) => {
  const ana = await sit("Ana");
  const customer = await simulator.customer("Kay Keyboard");
  await simulator.asks(customer);
  await simulator.hears(customer, "I am getting a person");
  const { page } = ana;
  await page.keyboard.press("2");
  await expect(page).toHaveURL(/\/chats\/requested/);
  await expect(ana.row(customer)).toBeVisible();
  const title = page.getByRole("heading", { level: 1 });
  for (let n = 0; n < 40; n++) {
    await page.keyboard.press("j");
    await expect(title).toBeVisible();
    if ((await title.textContent()) === customer.name) break;
  }
  await expect(title).toHaveText("Kay Keyboard");
  await page.keyboard.press("i");
  await ana.leave();
  await page.keyboard.press("r");
  await expect(ana.composer).toBeFocused();
  await page.keyboard.type("typed by hand");
  await page.keyboard.press("Shift+Enter");
  await page.keyboard.type("on two lines");
  await page.keyboard.press("Enter");
  await simulator.hears(customer, "typed by hand\non two lines");
  await page.keyboard.press("Escape");
  await page.keyboard.press("e");
  await expect(page.getByRole("dialog", { name: "Resolve this chat" })).toBeVisible();
  await page.keyboard.press("Enter");
  await expect(ana.composer).toHaveCount(0);
  await page.keyboard.press("?");
  await expect(page.getByRole("dialog", { name: "Keyboard" })).toBeVisible();
  await page.keyboard.press("Escape");
  await expect(page.getByRole("dialog", { name: "Keyboard" })).toBeHidden();
});

test("the address holds queue and chat: deep links, back and forward", async ({ sit, simulator }) => {
  const ana = await sit("Ana");
  const [one, two] = [await simulator.customer("Bea Back"), await simulator.customer("Fox Forward")];
  await simulator.write(one, "first of Bea");
  await simulator.write(two, "first of Fox");
  await ana.open(one);
  await ana.open(two);
  await ana.page.goBack();
  await expect(ana.bubble("first of Bea")).toBeVisible();
  await expect(ana.bubble("first of Fox")).toHaveCount(0);
  await ana.page.goForward();
  await expect(ana.bubble("first of Fox")).toBeVisible();
  await ana.page.reload();
  await expect(ana.bubble("first of Fox")).toBeVisible();
});

test("a click that meets an update is still a click", async ({ sit, simulator }) => {
  const ana = await sit("Ana");
  const customer = await simulator.customer("Cleo Click");
  await simulator.write(customer, "first");
  await simulator.hears(customer, "What can I do for you?");
  // The newest row stays where it is when its customer writes on.
  await expect(ana.page.locator("a.row").first()).toContainText("Cleo Click");
  const box = (await ana.row(customer).boundingBox())!;
  await ana.page.mouse.move(box.x + box.width / 2, box.y + box.height / 2);
  await ana.page.mouse.down();
  const before = await ana.row(customer).locator(".unread").textContent();
  await simulator.write(customer, "second");
  await expect(ana.row(customer).locator(".unread")).not.toHaveText(before ?? "");
  await ana.page.mouse.up();
  await expect(ana.page.getByRole("heading", { level: 1 })).toHaveText("Cleo Click");
});

test("a long list keeps few rows in the page and reaches its end", async ({ sit, simulator }) => {
  const names = Array.from({ length: 120 }, (_, n) => `Crowd ${String(n).padStart(3, "0")}`);
  const first = await simulator.customer(names[0]);
  await simulator.write(first, "hello");
  await simulator.hears(first, "What can I do for you?");
  for (const name of names.slice(1)) await simulator.write(await simulator.customer(name), "hello");
  const ana = await sit("Ana");
  await expect(ana.row(names[119])).toBeVisible();
  const rows = ana.page.locator("a.row");
  const list = ana.page.locator('[data-list=active]');
  for (let steps = 0; steps < 200 && !(await ana.row(names[0]).isVisible()); steps++) {
    expect(await rows.count()).toBeLessThan(60);
    await list.hover();
    await ana.page.mouse.wheel(0, 500);
    await ana.page.evaluate(() => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done))));
  }
  await expect(ana.row(names[0])).toBeVisible();
  await expect(ana.row(names[119])).toHaveCount(0);
});

test("hostile text is text, everywhere", async ({ sit, simulator }) => {
  const ana = await sit("Ana");
  const nasty = `</script><script>document.title='owned'</script><img src=x onerror="document.title='owned'"> \u202Egnp.exe "quotes" & &amp; {{x}} 🙏`;
  const customer = await simulator.customer("<b>Bold</b> Bobby");
  await simulator.write(customer, nasty);
  await ana.open(customer);
  await expect(ana.bubble("document.title")).toContainText(`</script><script>document.title='owned'</script>`);
  await ana.page.reload();
  await ana.live();
  await expect(ana.bubble("document.title")).toContainText(`{{x}} 🙏`);
  await expect(ana.page.getByRole("heading", { level: 1 })).toHaveText("<b>Bold</b> Bobby");
  expect(await ana.page.title()).not.toContain("owned");
});

test("what is typed is kept as a draft, also on another day", async ({ sit, simulator }) => {
  const ana = await sit("Ana");
  const customer = await simulator.customer("Dee Draft");
  await ana.take(simulator, customer);
  const saved = ana.page.waitForResponse(/save_draft/);
  await ana.composer.fill("half a sentence");
  expect((await saved).ok()).toBe(true);
  await ana.page.reload();
  await ana.live();
  await expect(ana.composer).toHaveValue("half a sentence");
  await ana.composer.press("End");
  await ana.composer.pressSequentially(", now whole");
  await ana.composer.press("Enter");
  await simulator.hears(customer, "half a sentence, now whole");
  await expect(ana.composer).toHaveValue("");
});

test("unshown types are labelled, customers without a number are whole customers", async ({ sit, simulator }) => {
  const ana = await sit("Ana");
  const customer = await simulator.customer("Nia Nonumber", { bsuid_only: true });
  await simulator.raw(customer, { type: "image", image: { id: "1", mime_type: "image/jpeg", sha256: "x", caption: "the scratch" } });
  await ana.open(customer);
  await expect(ana.bubble("the scratch")).toContainText("Photo");
  await ana.intervene.click();
  await ana.say("Thank you for the photo.");
  await simulator.hears(customer, "Thank you for the photo.");
  await expect(ana.bubble("Thank you for the photo.").getByRole("img", { name: "delivered" })).toBeVisible();
});

test("older messages come on the way up without a jump", async ({ sit, simulator }) => {
  const ana = await sit("Ana");
  const customer = await simulator.customer("Lena Long");
  await ana.take(simulator, customer);
  for (let n = 1; n <= 90; n++) await simulator.write(customer, `line number ${n}.`);
  await expect(ana.bubble("line number 90.")).toBeVisible();
  await ana.page.reload();
  await ana.live();
  await expect(ana.bubble("line number 90.")).toBeInViewport();
  await expect(ana.bubble("line number 1.")).toHaveCount(0);
  const first = ana.log.locator(".bubble").first();
  for (let pages = 0; pages < 5 && (await ana.bubble("line number 1.").count()) === 0; pages++) {
    const mark = await first.getAttribute("data-message");
    await first.scrollIntoViewIfNeeded();
    // An older page came, and what was looked at stands still.
    await expect(first).not.toHaveAttribute("data-message", mark ?? "");
    await expect(ana.log.locator(`[data-message="${mark}"]`)).toBeInViewport();
  }
  await expect(ana.bubble("line number 1.")).toHaveCount(1);
});

test("on a phone: list, thread, back", async ({ sit, simulator }) => {
  const ana = await sit("Ana", { viewport: { width: 390, height: 844 } });
  const customer = await simulator.customer("Pia Phone");
  await simulator.asks(customer);
  await ana.tab("Requested").click();
  await expect(ana.row(customer)).toBeVisible();
  await ana.open(customer);
  await expect(ana.page.getByRole("region", { name: "Chats" })).toBeHidden();
  await ana.intervene.click();
  await ana.say("From the bus.");
  await simulator.hears(customer, "From the bus.");
  const wide = await ana.page.evaluate(() => document.documentElement.scrollWidth > window.innerWidth);
  expect(wide, "nothing sticks out to the side").toBe(false);
  await ana.page.getByRole("button", { name: "Profile", exact: true }).click();
  await expect(ana.page.getByRole("complementary", { name: "Profile" })).toBeVisible();
  await ana.page.getByRole("button", { name: "Close the profile" }).click();
  await ana.page.getByRole("link", { name: "Back to the list" }).click();
  await expect(ana.page.getByRole("region", { name: "Chats" })).toBeVisible();
});

test("the simulator's phone: write, see the bot, tap, be answered", async ({ sit, visit, baton, simulator }) => {
  const ben = await sit("Ben");
  const { page } = await visit();
  await page.goto(`${baton.url}/simulator`);
  await expect(page.locator("body")).toHaveAttribute("data-hydrated", "true");
  await page.getByRole("button", { name: "New customer" }).click();
  await page.getByLabel("Name (optional)").fill("Pat Phone");
  await page.getByRole("button", { name: "Make" }).click();
  const phone = page.getByRole("log", { name: "Chat" });
  await page.getByRole("textbox", { name: "Write as the customer" }).fill("Good morning");
  await page.getByRole("button", { name: "Send", exact: true }).click();
  await expect(phone).toContainText("Hello Pat");
  await phone.getByRole("button", { name: "Talk to a person" }).click();
  await ben.tab("Requested").click();
  await ben.row("Pat Phone").click();
  await ben.intervene.click();
  // Ben has read it, and types: the customer sees both.
  await expect(phone.locator('[data-mine="true"] [data-status="read"]').first()).toBeVisible();
  await ben.composer.pressSequentially("Ben here");
  await expect(page.getByText("typing …")).toBeVisible();
  await ben.say("Ben here, good morning.");
  await expect(phone).toContainText("Ben here, good morning.");
  await expect(page.getByText("typing …")).toHaveCount(0);
  await expect(ben.bubble("Ben here").getByRole("img", { name: "read" })).toBeVisible();
});

test("a message that is refused while another chat is open is told of, kept, and can be edited", async ({ sit, simulator, allow }) => {
  allow(/Failed to load resource/);
  const ana = await sit("Ana");
  const [first, second] = [await simulator.customer("Rhea Refused"), await simulator.customer("Otto Other")];
  await ana.take(simulator, first);
  await simulator.write(second, "hello");
  let refuse = (): void => undefined;
  const held = new Promise<void>((resolve) => (refuse = resolve));
  await ana.page.route("**/api/send_message*", async (route) => {
    await held;
    await route.abort();
  });
  await ana.say("you will not lose this");
  await expect(ana.bubble("you will not lose this")).toBeVisible();
  await ana.tab("Active").click();
  await ana.open(second);
  refuse();
  const told = ana.page.locator(".toast").filter({ hasText: "A message was not sent" });
  await told.getByRole("button", { name: "Show" }).click();
  await expect(ana.page.getByRole("heading", { level: 1 })).toHaveText("Rhea Refused");
  const bubble = ana.bubble("you will not lose this");
  await bubble.getByRole("button", { name: "Edit" }).click();
  await expect(ana.composer).toHaveValue("you will not lose this");
  await expect(bubble).toHaveCount(0);
  await ana.page.unroute("**/api/send_message*");
  await ana.composer.press("Enter");
  await expect(bubble).toHaveAttribute("data-delivery", /sent|delivered|read/);
  await ana.resolve();
});

test("a chat taken away while a message is on its way leaves what was typed, notes and all", async ({ sit, simulator, allow }) => {
  allow(/Failed to load resource/);
  const [ana, olivia] = [await sit("Ana"), await sit("Olivia")];
  const who = await simulator.customer("Tara Taken");
  await ana.take(simulator, who);
  await ana.page.route("**/api/send_message*", (route) => route.abort());
  await ana.say("half way there");
  await expect(ana.bubble("half way there").getByRole("alert")).toBeVisible();
  await ana.leave();
  await ana.page.keyboard.press("t");
  await ana.page.getByRole("dialog", { name: "Pass this chat on" }).getByLabel("Note").fill("speaks only Welsh");
  const chat = await ana.row(who).getAttribute("data-chat");
  await olivia.goto("intervened");
  await olivia.page.locator(`a.held[data-chat="${chat}"]`).click();
  await olivia.page.getByRole("button", { name: "Take over" }).click();
  await expect(olivia.composer).toBeVisible();
  await expect(ana.page.getByText("This chat is now with another member.")).toBeVisible();
  await expect(ana.page.getByRole("textbox", { name: "What you typed" })).toHaveValue("half way there\n\nspeaks only Welsh");
  await olivia.resolve();
});

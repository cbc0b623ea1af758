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
    await expect(page.locator(".desk[data-picking]")).toHaveCount(0);
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

test("a row says at once that it was picked, and what was open before it can no longer be acted on", async ({ sit, simulator }) => {
  const ana = await sit("Ana");
  const [one, other] = [await simulator.customer("Olga Open"), await simulator.customer("Nia Next")];
  for (const who of [one, other]) await simulator.asks(who);
  await ana.tab("Requested").click();
  await ana.open(one);
  await expect(ana.intervene).toBeVisible();
  // Before the browser draws: only what is due at once is awaited.
  const seen = await ana.row(other).evaluate(async (row: HTMLElement) => {
    const button = document.querySelector<HTMLElement>("[data-intervene]")!;
    const { x, y } = button.getBoundingClientRect();
    row.click();
    for (let n = 0; n < 20; n++) await Promise.resolve();
    document.body.dispatchEvent(new KeyboardEvent("keydown", { key: "i", bubbles: true }));
    const hit = document.elementFromPoint(x + 5, y + 5);
    return {
      marked: [...document.querySelectorAll("a.row[aria-current] .who")].map((who) => who.textContent),
      still: document.querySelector("h1")?.textContent,
      under: hit === button || button.contains(hit),
    };
  });
  expect(seen).toEqual({ marked: ["Nia Next"], still: "Olga Open", under: false });
  await expect(ana.page.getByRole("heading", { level: 1 })).toHaveText("Nia Next");
  await expect(ana.intervene).toBeVisible();
  await expect(ana.row(one)).toBeVisible();
  // Whoever goes on before it is drawn comes to where they went.
  await ana.row(one).evaluate(async (row: HTMLElement) => {
    row.click();
    await Promise.resolve();
    document.body.dispatchEvent(new KeyboardEvent("keydown", { key: "Escape", bubbles: true }));
  });
  await expect(ana.page).toHaveURL(/\/chats\/requested$/);
  await expect(ana.page.getByRole("heading", { level: 1 })).toHaveCount(0);
  await ana.row(other).click({ modifiers: ["ControlOrMeta"] });
  await expect(ana.page).toHaveURL(/\/chats\/requested$/);
});

test("who goes back to the chat that was just let go of for another one has it again", async ({ sit, simulator }) => {
  const ana = await sit("Ana");
  const [one, other] = [await simulator.customer("Rita Returned"), await simulator.customer("Otto Other")];
  for (const who of [one, other]) await simulator.write(who, `this is ${who.name}`);
  await ana.open(one);
  await expect(ana.bubble("this is Rita Returned")).toBeVisible();
  const back = await ana.row(one).elementHandle();
  // In the moment between the two: the first is gone, the address still names it.
  await ana.row(other).evaluate((row: HTMLElement, back) => {
    const pane = document.querySelector(".thread")!;
    return new Promise<void>((done) => {
      const gone = new MutationObserver(() => {
        if (!pane.querySelector(".blank")) return;
        gone.disconnect();
        (back as HTMLElement).click();
        done();
      });
      gone.observe(pane, { childList: true, subtree: true });
      row.click();
    });
  }, back);
  await expect(ana.bubble("this is Rita Returned")).toBeVisible();
  await expect(ana.page.getByRole("heading", { level: 1 })).toHaveText("Rita Returned");
  await ana.open(other);
  await expect(ana.bubble("this is Otto Other")).toBeVisible();
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

test("whoever has scrolled keeps looking at the same rows while others come and go above", async ({ sit, simulator }) => {
  const crowd = [];
  for (let n = 0; n < 60; n++) {
    const customer = await simulator.customer(`Crowd ${String(n).padStart(3, "0")}`);
    await simulator.write(customer, "hello");
    await simulator.hears(customer, "What can I do for you?");
    crowd.push(customer);
  }
  const ana = await sit("Ana");
  await expect(ana.row("Crowd 059")).toBeVisible();
  const list = ana.page.locator("[data-list=active]");
  // Rows of 58 pixels.
  await list.evaluate((element) => element.scrollTo(0, 30 * 58));
  const top = () => list.evaluate((element) => element.scrollTop / 58);
  await expect.poll(() => list.evaluate((element) => element.firstElementChild!.clientHeight / 58)).toBe(22);
  const looked = crowd[crowd.length - 1 - 32];
  const place = async () => Math.round((await ana.row(looked).boundingBox())!.y);
  const before = await place();
  // One who is new, and one from far below: both go to the top.
  await simulator.write(await simulator.customer("Somebody New"), "hello");
  await expect.poll(top).toBe(31);
  expect(await place()).toBe(before);
  await simulator.write(crowd[0], "once more");
  await expect.poll(top).toBe(32);
  expect(await place()).toBe(before);
  // One in sight goes there, too: what stands above it stays.
  await simulator.write(crowd[crowd.length - 1 - 36], "once more");
  await expect.poll(top).toBe(33);
  expect(await place()).toBe(before);
  await list.evaluate((element) => element.scrollTo(0, 0));
  await expect(list.locator("a.row").first()).toContainText(crowd[crowd.length - 1 - 36].name);
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
  await ana.follow(simulator, customer, Array.from({ length: 90 }, (_, n) => `line number ${n + 1}.`));
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
  const [profile, panel] = [ana.page.getByRole("button", { name: "Profile", exact: true }), ana.page.getByRole("complementary", { name: "Profile" })];
  await profile.click();
  await expect(panel).toBeVisible();
  await ana.page.getByRole("button", { name: "Close the profile" }).click();
  await expect(panel).toBeHidden();
  // The browser's back, too, leads to the thread.
  await profile.click();
  await expect(panel).toBeVisible();
  await ana.page.goBack();
  await expect(panel).toBeHidden();
  await expect(ana.bubble("From the bus.")).toBeVisible();
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
  // Long enough in the composer to be kept as a draft: what is sent is none any more, whatever becomes of it.
  const kept = ana.page.waitForResponse("**/api/save_draft*");
  await ana.composer.fill("you will not lose this");
  await kept;
  await ana.composer.press("Enter");
  await expect(ana.bubble("you will not lose this")).toBeVisible();
  await ana.tab("Active").click();
  await ana.open(second);
  refuse();
  const told = ana.page.locator(".toast").filter({ hasText: "A message was not sent" });
  await told.getByRole("button", { name: "Show" }).click();
  await expect(ana.page.getByRole("heading", { level: 1 })).toHaveText("Rhea Refused");
  const bubble = ana.bubble("you will not lose this");
  await expect(bubble).toBeVisible();
  await expect(ana.composer).toHaveValue("");
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

test("how many others hold is said, and follows", async ({ sit, simulator }) => {
  // Whoever sits here is not away: no chat of theirs is given back meanwhile.
  const [ana, ben] = [await sit("Ana"), await sit("Ben")];
  for (const name of ["Marco", "Olivia"] as const) await sit(name);
  const held = ben.page.getByRole("heading", { name: "Held by others" });
  const [first, second] = [await simulator.customer("Hal Held"), await simulator.customer("Ida Held")];
  await ana.take(simulator, first);
  await ben.goto("intervened");
  await expect(held).toHaveText(/^Held by others · \d+$/);
  const before = Number((await held.textContent())!.match(/\d+$/)![0]);
  expect(before).toBeGreaterThan(0);
  await ana.take(simulator, second);
  await expect(held).toHaveText(`Held by others · ${before + 1}`);
  // An agent is told the number, and not which chats they are.
  await expect(ben.page.locator("[data-list=others]")).toHaveCount(0);
  await ana.resolve();
  await expect(held).toHaveText(`Held by others · ${before}`);
  // What is one's own is not among them.
  await ben.take(simulator, second);
  await expect(ben.row(second)).toBeVisible();
  await expect(held).toHaveText(`Held by others · ${before}`);
  await ben.resolve();
  await ana.tab("Intervened").click();
  await ana.open(first);
  await ana.resolve();
});

test("a thread that was lost comes back by itself when its holder resolves", async ({ sit, simulator }) => {
  const [ana, ben] = [await sit("Ana"), await sit("Ben")];
  const who = await simulator.customer("Rita Returns");
  await simulator.asks(who, "my kettle whistles");
  await ben.tab("Requested").click();
  await ben.open(who);
  await expect(ben.bubble("my kettle whistles")).toBeVisible();
  const place = ben.page.url();
  await ana.tab("Requested").click();
  await ana.open(who);
  await ana.intervene.click();
  await ana.say("It is meant to");
  await simulator.hears(who, "It is meant to");
  await simulator.write(who, "then I am glad");
  await expect(ana.bubble("then I am glad")).toBeVisible();
  const lost = ben.page.getByText("This chat is now with another member.");
  await expect(lost).toBeVisible();
  await expect(ben.log).toHaveCount(0);
  const went: string[] = [];
  ben.page.on("framenavigated", (frame) => went.push(frame.url()));
  await ana.resolve();
  await expect(ben.page.getByRole("heading", { level: 1 })).toHaveText("Rita Returns");
  await expect(lost).toHaveCount(0);
  for (const words of ["my kettle whistles", "It is meant to", "then I am glad"]) await expect(ben.bubble(words)).toHaveCount(1);
  await expect(ben.profile.locator(".journey .step", { hasText: "Ana Silva resolved" })).toBeVisible();
  expect([ben.page.url(), went]).toEqual([place, []]);
});

test("a line tells what is new since one looked, and is gone once it was read", async ({ sit, simulator }) => {
  const [ana, ben] = [await sit("Ana"), await sit("Ben")];
  const [who, other] = [await simulator.customer("Nell Newline"), await simulator.customer("Olaf Otherchat")];
  await ana.take(simulator, other);
  await ana.take(simulator, who);
  const chat = (await ana.row(who).getAttribute("data-chat"))!;
  // Until the server knows that all is read.
  const read = async () => {
    await expect
      .poll(async () => {
        const { seen, messages } = await (await ana.call("open_chat", { chat })).json();
        return messages.every(({ seq, author }: { seq: number; author: string }) => author !== "customer" || seq <= seen);
      })
      .toBe(true);
  };
  const line = ana.log.locator(".new");
  const shown = () =>
    ana.log.evaluate((log) =>
      [...log.querySelectorAll(".new, [data-author=customer] .words")].map((part) => (part.matches(".new") ? "— new —" : part.textContent)),
    );
  await simulator.write(who, "before you looked");
  await expect(ana.bubble("before you looked")).toBeVisible();
  await read();
  await ana.open(other);
  await simulator.write(who, "one more");
  await simulator.write(who, "and another");
  await expect(ana.row(who).locator(".unread")).toHaveText("2");
  await ana.open(who);
  await expect(line).toHaveText("new since you looked");
  await expect(line).toBeInViewport();
  await expect(ana.bubble("and another")).toBeVisible();
  expect((await shown()).slice(-4)).toEqual(["before you looked", "— new —", "one more", "and another"]);
  await expect(ana.row(who).locator(".unread")).toHaveCount(0);
  await read();
  await ana.open(other);
  await ana.open(who);
  await expect(ana.bubble("and another")).toBeVisible();
  await expect(line).toHaveCount(0);
  // Whoever never looked has read nothing before: there is no line.
  await ana.resolve();
  await ben.open(who);
  await expect(ben.bubble("and another")).toBeVisible();
  await expect(ben.log.locator(".new")).toHaveCount(0);
  await ana.open(other);
  await ana.resolve();
});

test("a row tells how long its customer waits", async ({ sit, simulator }) => {
  const ana = await sit("Ana", { before: async (page) => page.clock.install() });
  const [who, other] = [await simulator.customer("Willy Waits"), await simulator.customer("Ned News")];
  await simulator.asks(who);
  await ana.tab("Requested").click();
  const wait = ana.row(who).locator(".wait");
  await expect(wait).toHaveText(/^\d+ s$/);
  // The screen's clock is the server's, which every change tells.
  await simulator.forward(4 * 60);
  await simulator.asks(other);
  await expect(wait).toHaveText("4 min");
  await expect(ana.row(other).locator(".wait")).toHaveText(/^\d+ s$/);
  // And it goes on by itself.
  const minutes = async () => Number((await wait.textContent())?.match(/^(\d+) min$/)?.[1]);
  await expect.poll(async () => (await ana.page.clock.fastForward(60_000), minutes())).toBeGreaterThan(4);
  // Whoever is answered waits no more, until they write on.
  await ana.open(who);
  await ana.intervene.click();
  await expect(ana.composer).toBeVisible();
  await ana.say("Here I am");
  await expect(ana.row(who)).toContainText("Here I am");
  await expect(wait).toHaveCount(0);
  await simulator.write(who, "at last");
  await expect(wait).toHaveText(/^\d+ s$/);
  // Nor with the bot.
  await ana.resolve();
  await expect(ana.row(who)).toHaveCount(0);
  await ana.tab("Active").click();
  await expect(ana.row(who)).toBeVisible();
  await expect(wait).toHaveCount(0);
});

test("a row counts down the last two hours of its window", async ({ sit, simulator }) => {
  const ana = await sit("Ana");
  const who = await simulator.customer("Connie Countdown");
  await simulator.write(who, "Hello");
  await simulator.hears(who, "What can I do for you?");
  const left = ana.row(who).locator(".closing");
  // A change tells the screen what time it is.
  const passes = async (seconds: number, name: string) => {
    await simulator.forward(seconds);
    const other = await simulator.customer(name);
    await simulator.write(other, "Hello");
    await expect(ana.row(other).locator(".closing")).toBeEmpty();
  };
  await passes(20 * 3600, "Tim Twenty");
  await expect(left).toBeEmpty();
  await passes(2 * 3600 + 1, "Tina Twentytwo");
  await expect(left).toHaveText("1 h left");
  await passes(3600 + 30 * 60, "Tom Almost");
  await expect(left).toHaveText("29 min left");
  // It is open for another day once they write.
  await simulator.write(who, "Me again");
  await expect(left).toBeEmpty();
  await passes(22 * 3600 + 1, "Tess Tomorrow");
  await expect(left).toHaveText("1 h left");
  await simulator.forward(2 * 3600);
  await expect(ana.row(who)).toHaveCount(0);
  await ana.goto("history");
  await expect(ana.row(who)).toBeVisible();
  await expect(left).toBeEmpty();
});

test("a mention that came while nobody was at the desk is told until it was read", async ({ sit, simulator }) => {
  const ana = await sit("Ana");
  const who = await simulator.customer("Missing Mention");
  await simulator.write(who, "Hello");
  await ana.open(who);
  await expect(ana.bubble("Hello").first()).toBeVisible();
  await ana.page.keyboard.press("Shift+N");
  const note = ana.page.getByRole("textbox", { name: "Note" });
  await note.fill("@Ben Okafor, read this");
  await ana.page.getByRole("button", { name: "Save note" }).click();
  await expect(ana.log.locator(".bubble[data-author=note] .mention")).toHaveText(/^@Ben/);

  const ben = await sit("Ben");
  const told = ben.page.getByRole("status").getByText(/^Ana.* mentioned you$/);
  await expect(told).toBeVisible();
  // Not read yet: told again.
  await ben.page.reload();
  await expect(told).toBeVisible();
  const seen = ben.page.waitForResponse("**/api/mark_seen");
  await ben.page.getByRole("button", { name: "Show", exact: true }).click();
  await expect(ben.log.locator(".bubble[data-author=note][data-lit]")).toContainText("read this");
  expect((await seen).ok()).toBe(true);
  const asked = ben.page.waitForResponse("**/api/unread_mentions");
  await ben.page.reload();
  expect(await (await asked).json()).toEqual([]);
});

test("rows stay where they are while somebody aims at one", async ({ sit, simulator }) => {
  const [first, second] = [await simulator.customer("Aimed At"), await simulator.customer("Comes In")];
  const ana = await sit("Ana");
  await ana.goto("active");
  const top = () =>
    ana.page.locator("a.row").evaluateAll((rows) => rows.slice(0, 2).map((row) => ["who", "last", "unread"].map((part) => row.querySelector(`.${part}`)?.textContent)));
  for (const customer of [second, first]) {
    await simulator.write(customer, "Hello");
    // The bot has answered.
    await expect.poll(async () => (await top())[0]).toEqual([customer.name, expect.stringMatching(/^Bot: /), "1"]);
  }
  // From within the page, so that no slow round trip is a hand that rests.
  const moving = await ana.page.evaluate(() => {
    const move = () => document.querySelector("a.row")?.dispatchEvent(new PointerEvent("pointermove", { bubbles: true }));
    move();
    return Number(setInterval(move, 50));
  });
  await simulator.write(second, "Is anybody there?");
  const aimed = async () => {
    const [one, other] = await top();
    return [one![0], other![0], other![2]];
  };
  // What a row says is true meanwhile.
  await expect.poll(aimed, { intervals: [100] }).toEqual(["Aimed At", "Comes In", "2"]);
  await ana.row(first).click();
  await expect(ana.page.getByRole("heading", { level: 1 })).toHaveText("Aimed At");
  await ana.page.evaluate((moving) => clearInterval(moving), moving);
  // Once the hand rests, what is newest is on top.
  await expect.poll(async () => (await top()).map(([who]) => who)).toEqual(["Comes In", "Aimed At"]);
});

import { Ears } from "../support/ears";
import { expect, test } from "../support/fixtures";

declare global {
  interface Window {
    ahead: number;
  }
}

test("a chat is passed on with a note, accepted by its target, and gone from the passer's screen", async ({ sit, simulator }) => {
  const [ana, ben, marco] = [await sit("Ana"), await sit("Ben"), await sit("Marco")];
  const who = await simulator.customer("Gwen Passed");
  await ana.take(simulator, who);
  await ana.leave();
  await ana.page.keyboard.press("t");
  const dialog = ana.page.getByRole("dialog", { name: "Pass this chat on" });
  await dialog.getByRole("radio", { name: /^Ben/ }).click();
  await dialog.getByLabel("Note").fill("Speaks only Welsh");
  await dialog.getByRole("button", { name: /^Pass to Ben/ }).click();
  await expect(ana.page.getByText("Passed to Ben")).toBeVisible();
  await expect(ana.row(who)).toHaveCount(0);

  await expect(ben.page.getByText("Gwen Passed was passed to you")).toBeVisible();
  await ben.page.getByRole("button", { name: "Show", exact: true }).click();
  await expect(ben.page.locator(".foot")).toContainText("“Speaks only Welsh”");
  await expect(ben.row(who).getByText("for you", { exact: true })).toBeVisible();
  // A supervisor sees for whom it is; another agent does not see it at all.
  await marco.tab("Requested").click();
  await expect(marco.row(who).getByText("for Ben")).toBeVisible();
  await ana.tab("Requested").click();
  await expect(ana.row(who)).toHaveCount(0);

  await ben.page.getByRole("button", { name: /^Accept/ }).click();
  await expect(ben.composer).toBeVisible();
  await expect(ben.page.getByLabel("Handover")).toContainText("Passed on by Ana");
  await expect(ben.page.getByLabel("Handover")).toContainText("“Speaks only Welsh”");
  await ben.resolve();
});

test("who does not accept in time is not waited for", async ({ sit, simulator }) => {
  const [ana, ben, olivia] = [await sit("Ana"), await sit("Ben"), await sit("Olivia")];
  // Shorter than a screen counts as there that says nothing: Ben is here all the time.
  const settings = await (await olivia.call("read_settings", {})).json();
  const within = async (seconds: number) => {
    const before = await (await olivia.call("read_settings", {})).json();
    expect((await olivia.call("change_settings", { before, after: { ...before, accept_within: seconds } })).ok()).toBe(true);
  };
  await within(30);
  const who = await simulator.customer("Opal Open");
  await ana.take(simulator, who);
  await ana.page.getByRole("button", { name: /^Pass on/ }).click();
  const dialog = ana.page.getByRole("dialog", { name: "Pass this chat on" });
  await dialog.getByRole("radio", { name: /^Ben/ }).click();
  await dialog.getByRole("button", { name: /^Pass to Ben/ }).click();
  await ben.tab("Requested").click();
  await expect(ben.row(who)).toBeVisible();
  await ana.tab("Requested").click();
  await expect(ana.row(who)).toHaveCount(0);
  await simulator.forward(31);
  await expect(ana.row(who)).toBeVisible();
  expect((await (await ben.call("who_am_i", {})).json()).member.presence).toBe("available");
  await expect(ben.row(who).getByText("for you", { exact: true })).toHaveCount(0);
  await ana.open(who);
  await ana.intervene.click();
  await expect(ana.composer).toBeVisible();
  await ana.resolve();
  await within(settings.accept_within);
});

test("one key takes who has waited longest", async ({ sit, simulator }) => {
  const [ana, ben] = [await sit("Ana"), await sit("Ben")];
  // Whoever still waits from elsewhere is settled first.
  const first = await simulator.customer("Fay First");
  const second = await simulator.customer("Sid Second");
  const olivia = await sit("Olivia");
  await olivia.tab("Requested").click();
  for (;;) {
    const rows = olivia.page.locator("[data-list=requested] a.row");
    await expect(olivia.page.locator(".skeleton")).toHaveCount(0);
    const left = await rows.count();
    if (left === 0) break;
    await rows.first().click();
    await olivia.page.getByRole("button", { name: "Dismiss" }).click();
    await olivia.page.getByRole("dialog").getByRole("button", { name: "Dismiss" }).click();
    await expect(rows).toHaveCount(left - 1);
  }
  await simulator.asks(first);
  await expect(ana.tab("Requested")).toContainText("1");
  await simulator.asks(second);
  await expect(ana.tab("Requested")).toContainText("2");
  await ana.page.keyboard.press("n");
  await expect(ana.page.getByRole("heading", { level: 1 })).toHaveText("Fay First");
  await expect(ana.composer).toBeVisible();
  await ben.page.getByRole("button", { name: /^Take next/ }).click();
  await expect(ben.page.getByRole("heading", { level: 1 })).toHaveText("Sid Second");
  await expect(ben.composer).toBeVisible();
  await ben.leave();
  await ben.page.keyboard.press("n");
  await expect(ben.page.getByText("Nobody is waiting just now.")).toBeVisible();
  await ana.resolve();
  await ben.resolve();
});

test("a supervisor watches on purpose, and takes over; the agent keeps what was typed and nothing else", async ({ sit, simulator }) => {
  const ana = await sit("Ana");
  const ears = new Ears();
  const olivia = await sit("Olivia", { before: async (page) => ears.listen(page) });
  const who = await simulator.customer("Quentin Quillfeather");
  await simulator.asks(who);
  await ana.tab("Requested").click();
  await ana.open(who);
  await ana.intervene.click();
  await expect(ana.composer).toBeVisible();
  const chat = await ana.row(who).getAttribute("data-chat");
  await olivia.goto("intervened");
  ears.begin();
  await simulator.write(who, "the password is rutabaga");
  await expect(ana.bubble("rutabaga")).toBeVisible();
  const held = olivia.page.locator(`a.held[data-chat="${chat}"]`);
  await held.click();
  await expect(olivia.page.getByRole("heading", { name: /^With Ana/ })).toBeVisible();
  await olivia.page.reload();
  await olivia.live();
  await expect(olivia.page.getByRole("heading", { name: /^With Ana/ })).toBeVisible();
  for (const { text } of await ears.everything()) expect(text).not.toMatch(/rutabaga|Quillfeather/);

  await olivia.page.getByRole("button", { name: "Watch" }).click();
  await expect(olivia.bubble("rutabaga")).toBeVisible();
  await expect(olivia.composer).toHaveCount(0);
  await ana.say("what a fine password");
  await expect(olivia.bubble("what a fine password")).toBeVisible();
  await olivia.page.getByRole("button", { name: "Stop watching" }).click();
  await expect(olivia.log).toHaveCount(0);
  await held.click();
  await expect(olivia.page.getByRole("heading", { name: /^With Ana/ })).toBeVisible();

  await ana.composer.fill("half a sentence");
  const email = ana.page.locator('[data-attribute="Email"]');
  await email.getByRole("button", { name: "Email" }).click();
  await email.getByRole("textbox").fill("half@value.example");
  await olivia.page.getByRole("button", { name: "Take over" }).click();
  await expect(olivia.composer).toBeVisible();
  await expect(ana.page.getByText("This chat is now with another member.")).toBeVisible();
  await expect(ana.page.getByLabel("What you typed")).toHaveValue("half a sentence\n\nEmail: half@value.example");
  expect(await ana.page.content()).not.toMatch(/rutabaga|Quillfeather/);
  await expect(olivia.log).toContainText(/took over from Ana/);
  await olivia.resolve();
});

test("a watch that is answered when its supervisor has gone on ends at once", async ({ sit, simulator }) => {
  const [ana, olivia] = [await sit("Ana"), await sit("Olivia")];
  const [held, other] = [await simulator.customer("Wanda Watched"), await simulator.customer("Oskar Open")];
  await simulator.write(other, "just a question");
  await ana.take(simulator, held);
  const chat = await ana.row(held).getAttribute("data-chat");
  await olivia.goto("intervened");
  await olivia.page.locator(`a.held[data-chat="${chat}"]`).click();
  const go = await olivia.hold("watch");
  const asked = olivia.page.waitForRequest("**/api/watch");
  await olivia.page.getByRole("button", { name: "Watch" }).click();
  await asked;
  await olivia.tab("Active").click();
  await olivia.open(other);
  const ended = olivia.page.waitForResponse("**/api/end_watch");
  go();
  expect((await ended).ok()).toBe(true);
  const seen = (await (await olivia.call("open_chat", { chat })).json()) as { row: { content: unknown } };
  expect(seen.row.content).toBeNull();
  await ana.resolve();
});

test("away by itself with the last tab, and a deactivated member is out at once", async ({ sit, simulator, allow }) => {
  // What Ben's page asks for at the moment in which his account ends is refused.
  allow(/status of 401/);
  const [olivia, ben] = [await sit("Olivia"), await sit("Ben")];
  const team = olivia.page.getByRole("dialog", { name: "Team" });
  const person = team.locator(".person").filter({ hasText: "Ben" });
  const look = async () => {
    await olivia.page.getByRole("button", { name: "Team" }).click();
    await expect(person).toBeVisible();
    const text = await person.innerText();
    await olivia.page.keyboard.press("Escape");
    await expect(team).toBeHidden();
    return text;
  };
  // Not by the switch: what it shows may change between a look and a click.
  const headers = { origin: new URL(ben.url).origin };
  await ben.context.request.post(`${ben.url}/api/set_presence`, { data: { presence: "available" }, headers });
  await expect.poll(look).toContain("Available");
  const url = ben.page.url();
  await ben.page.goto("about:blank");
  // The server may hear of the closed tab only after the clock was moved: then it has to move once more.
  const later = async () => {
    await simulator.forward(16);
    return look();
  };
  await expect.poll(later, { intervals: [2000] }).toContain("Away");
  await ben.page.goto(url);
  await ben.live();
  await expect.poll(look).toContain("Available");

  const who = await simulator.customer("Rita Returned");
  await ben.take(simulator, who);
  await olivia.page.getByRole("button", { name: "Team" }).click();
  await person.getByRole("button", { name: "Deactivate" }).click();
  await person.getByRole("button", { name: "Sign out and give chats back?" }).click();
  await ben.page.waitForURL(/\/sign-in/);
  await person.getByRole("button", { name: "Reactivate" }).click();
  await expect(person).toContainText("Away");
  await olivia.page.keyboard.press("Escape");
  await olivia.tab("Requested").click();
  await expect(olivia.row(who)).toBeVisible();
  await olivia.open(who);
  await expect(olivia.log).toContainText(/Ben.* was deactivated; waiting for a person again/);
});

test("who works elsewhere in Baton is told of those who wait, and of a chat that is passed to them", async ({ sit, simulator }) => {
  const [ana, olivia] = [await sit("Ana"), await sit("Olivia")];
  await olivia.page.goto(`${olivia.url}/manage/tags`);
  await expect(olivia.page.locator("body")).toHaveAttribute("data-hydrated", "true");
  const who = await simulator.customer("Wanda Elsewhere");
  await ana.take(simulator, who);
  await ana.page.getByRole("button", { name: /^Pass on/ }).click();
  const dialog = ana.page.getByRole("dialog", { name: "Pass this chat on" });
  await dialog.getByRole("radio", { name: /^Olivia/ }).click();
  await dialog.getByRole("button", { name: /^Pass to Olivia/ }).click();
  await expect(olivia.page.getByText("Wanda Elsewhere was passed to you")).toBeVisible();
  await expect(olivia.page.locator(".waiting b")).toHaveText(/waiting$/);
  await olivia.page.getByRole("button", { name: "Show", exact: true }).click();
  await olivia.page.getByRole("button", { name: /^Accept/ }).click();
  await expect(olivia.composer).toBeVisible();
  await olivia.resolve();
});

test("an undone dismissal leaves the request waiting where it was", async ({ sit, simulator }) => {
  const olivia = await sit("Olivia");
  const who = await simulator.customer("Vera Waiting");
  await simulator.asks(who);
  await olivia.tab("Requested").click();
  await olivia.open(who);
  await olivia.page.getByRole("button", { name: "Dismiss" }).click();
  await olivia.page.getByRole("dialog").getByRole("button", { name: "Dismiss" }).click();
  await expect(olivia.row(who)).toHaveCount(0);
  await olivia.page.getByRole("button", { name: "Undo", exact: true }).click();
  await expect(olivia.page).toHaveURL(/\/chats\/requested\//);
  await expect(olivia.row(who)).toBeVisible();
  await olivia.intervene.click();
  await expect(olivia.composer).toBeVisible();
  await olivia.resolve();
});

test("who touches nothing for long is Away, and is back with a key or a click", async ({ sit, simulator }) => {
  const said: string[] = [];
  const ana = await sit("Ana", {
    before: async (page) => {
      page.on("websocket", (socket) => socket.on("framesent", (frame) => said.push(String(frame.payload))));
      // The browser's clock can be moved as Baton's can: its page says no more than twice a minute that somebody is there.
      await page.addInitScript(() => {
        window.ahead = 0;
        const now = Date.now;
        Date.now = () => now() + window.ahead;
      });
    },
  });
  // Half a minute later the page says that somebody was there since, or only that it is.
  const later = async () => {
    const before = said.length;
    await ana.page.evaluate(() => {
      window.ahead += 30_000;
    });
    await expect.poll(() => said.length).toBeGreaterThan(before);
    return said.at(-1);
  };
  const presence = ana.page.locator("button.presence");
  await ana.call("set_presence", { presence: "available" });
  await expect(presence).toHaveText("Available");
  for (const touch of [() => ana.page.keyboard.press("Shift"), () => ana.page.mouse.click(720, 450)]) {
    // Whatever was touched so far has been told.
    await later();
    await simulator.forward(3600);
    await expect(presence).toHaveText("Away");
    expect(await later(), "nobody is there").toBe('"ping"');
    await expect(presence).toHaveText("Away");
    await touch();
    expect(await later(), "somebody is there").toBe('"active"');
    await expect(presence).toHaveText("Available");
  }
});

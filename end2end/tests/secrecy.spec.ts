import { Ears } from "../support/ears";
import { Desk, expect, test } from "../support/fixtures";
import { Simulator } from "../support/simulator";

test("while A holds a chat, nothing that B's browser receives tells of it", async ({ sit, simulator, baton, allow }) => {
  const ears = new Ears();
  const ana = await sit("Ana");
  const ben = await sit("Ben", { before: async (page) => ears.listen(page) });
  const secret = await simulator.customer("Zebulon Quixote", { phone: "33 698 174653" });
  const words = ["Zebulon", "Quixote", "33698174653", "174653", "xylophone", "marimba", "glockenspiel"];
  await simulator.asks(secret, "my xylophone is broken");
  await ben.tab("Requested").click();
  await ben.open(secret);
  await expect(ben.bubble("xylophone")).toBeVisible();
  const chat = await ben.row(secret).getAttribute("data-chat");

  await ana.tab("Requested").click();
  await ana.open(secret);
  await ana.intervene.click();
  await expect(ana.composer).toBeVisible();
  await expect(ben.page.getByText("This chat is now with another member.")).toBeVisible();
  // From the moment his screen has heard of it until Ana resolves.
  ears.begin();
  await ana.say("about the marimba");
  await simulator.hears(secret, "about the marimba");
  await simulator.write(secret, "the glockenspiel too");
  await expect(ana.bubble("the glockenspiel too")).toBeVisible();

  // Ben tries every way there is.
  for (const queue of ["active", "requested", "intervened", "history"] as const) await ben.goto(queue);
  await ben.page.goto(`${baton.url}/chats/intervened/${chat}`);
  await ben.live();
  await expect(ben.page.getByText("This chat is now with another member.")).toBeVisible();
  for (const query of ["zebulon", "698 174", "quix", "xylo", "glockenspiel"]) {
    const answer = ben.page.waitForResponse((answer) => (answer.request().postData() ?? "").includes(query));
    await expect(await ben.find(query)).toHaveCount(0);
    await answer;
    await expect(ben.page.getByText("Nothing found.")).toBeVisible();
  }
  await ben.page.getByRole("button", { name: "Close" }).click();
  const tries: [string, object][] = [
    ["open_chat", { chat }],
    ["older_messages", { chat, before: 1000 }],
    ["open_profile", { chat }],
    ["note_page", { chat, before: ["2100-01-01T00:00:00Z", "ffffffff-ffff-ffff-ffff-ffffffffffff"] }],
    ["rename_contact", { chat, name: "hello" }],
    ["send_message", { chat, id: "0193b6a0-0000-7000-8000-000000000001", text: "hello" }],
    ["save_draft", { chat, text: "hello" }],
    ["mark_seen", { chat, seq: 1 }],
    ["resolve", { chat, outcome: null, note: null }],
    ["intervene", { chat }],
  ];
  for (const [name, body] of tries) {
    const answer = await ben.page.evaluate(
      async ([name, body]) => {
        const answer = await fetch(`/api/${name}`, {
          method: "POST",
          headers: { "content-type": "application/json", accept: "application/json" },
          body: JSON.stringify(body),
        });
        return { status: answer.status, text: await answer.text() };
      },
      [name, body] as const,
    );
    const nothing = answer.status >= 400 || answer.text === "null";
    expect(nothing, `${name}: ${answer.status} ${answer.text}`).toBe(true);
    ears.add(name, answer.text);
  }
  allow(/status of (404|409)/);
  ears.add("the page", await ben.page.content());
  const storage = await ben.page.evaluate(() => JSON.stringify([{ ...localStorage }, { ...sessionStorage }]));
  ears.add("the browser's storage", storage);
  const received = await ears.everything();
  expect(received.length).toBeGreaterThan(20);
  for (const { what, text } of received) {
    for (const word of words) expect(text.includes(word), `“${word}” in ${what}: ${text.slice(0, 300)}`).toBe(false);
  }

  // Ana resolves, and it is everybody's again.
  await ana.resolve();
  await ben.goto("active");
  await expect(ben.row(secret)).toBeVisible();
  const since = await ears.everything();
  expect(since.some(({ text }) => text.includes("Zebulon")), "the ears were open").toBe(true);
});

test("what the server sent along with the page goes with the sight of it", async ({ sit, simulator }) => {
  const [ana, ben] = [await sit("Ana"), await sit("Ben")];
  const who = await simulator.customer("Yolanda Yesterday", { phone: "33 698 174654" });
  await simulator.asks(who, "my theremin is broken");
  for (const desk of [ana, ben]) {
    await desk.tab("Requested").click();
    await desk.open(who);
    await expect(desk.bubble("theremin")).toBeVisible();
  }
  await ben.page.reload();
  await ben.live();
  await expect(ben.bubble("theremin")).toBeVisible();
  await ana.intervene.click();
  await expect(ben.page.getByText("This chat is now with another member.")).toBeVisible();
  const kept = await ben.page.evaluate(() => JSON.stringify((window as unknown as Record<string, unknown>)["__RESOLVED_RESOURCES"]));
  for (const text of [await ben.page.content(), kept]) {
    for (const word of ["Yolanda", "174654", "theremin"]) expect(text, word).not.toContain(word);
  }
  // It is a whole desk still.
  await ana.resolve();
  await ben.goto("active");
  await ben.open(who);
  await expect(ben.bubble("theremin")).toBeVisible();
});

test("a browser keeps nothing of a lost chat in a database or a cache", async ({ sit, simulator }) => {
  const [ana, ben] = [await sit("Ana"), await sit("Ben")];
  const who = await simulator.customer("Xenia Xerox", { phone: "33 698 174655" });
  await simulator.asks(who, "my zither is broken");
  await ben.tab("Requested").click();
  await ben.open(who);
  await expect(ben.bubble("zither")).toBeVisible();
  await ana.tab("Requested").click();
  await ana.open(who);
  await ana.intervene.click();
  await expect(ben.page.getByText("This chat is now with another member.")).toBeVisible();
  const kept = () =>
    ben.page.evaluate(async () => ({
      databases: (await indexedDB.databases()).map(({ name }) => name),
      caches: await caches.keys(),
      workers: (await navigator.serviceWorker.getRegistrations()).length,
    }));
  expect(await kept()).toEqual({ databases: [], caches: [], workers: 0 });
  // Whatever were there would be seen.
  await ben.page.evaluate(async () => {
    await caches.open("probe");
    await new Promise((done) => (indexedDB.open("probe").onsuccess = done));
  });
  expect(await kept()).toEqual({ databases: ["probe"], caches: ["probe"], workers: 0 });
  await ana.resolve();
});

test("a chat that is taken over is wiped in every tab, through every process, and each keeps what was typed in it", async ({ pair, sit }) => {
  const [here, there] = pair.map(({ url }) => url) as [string, string];
  const simulator = new Simulator(here);
  const [ana, olivia] = [await sit("Ana", { at: here }), await sit("Olivia", { at: here })];
  const who = await simulator.customer("Undine Ubiquitous", { phone: "33 698 174656" });
  await ana.take(simulator, who);
  await simulator.write(who, "my dulcimer is broken");
  await expect(ana.bubble("dulcimer")).toBeVisible();
  const chat = await ana.row(who).getAttribute("data-chat");
  const tabs = [ana];
  for (const url of [here, there]) {
    const page = await ana.context.newPage();
    await page.goto(`${url}/chats/intervened/${chat}`);
    const tab = new Desk(page, ana.context, url);
    await tab.live();
    await expect(tab.bubble("dulcimer")).toBeVisible();
    tabs.push(tab);
  }
  // What was typed is saved first: what is saved too late is refused, and the browser's console says so.
  for (const [n, tab] of tabs.entries()) {
    const saved = tab.page.waitForResponse("**/api/save_draft*");
    await tab.composer.fill(`half a sentence ${n}`);
    await saved;
  }
  await olivia.goto("intervened");
  await olivia.page.locator(`a.held[data-chat="${chat}"]`).click();
  await olivia.page.getByRole("button", { name: "Take over" }).click();
  await expect(olivia.composer).toBeVisible();
  for (const [n, tab] of tabs.entries()) {
    await expect(tab.page.getByText("This chat is now with another member.")).toBeVisible();
    await expect(tab.page.getByLabel("What you typed")).toHaveValue(`half a sentence ${n}`);
    await expect(tab.composer).toHaveCount(0);
    const kept = await tab.page.evaluate(() => {
      const sent = (window as unknown as Record<string, unknown>)["__RESOLVED_RESOURCES"];
      return JSON.stringify([{ ...localStorage }, { ...sessionStorage }, sent]);
    });
    for (const text of [await tab.page.content(), kept]) expect(text).not.toMatch(/dulcimer|Ubiquitous|174656/);
  }
});

import { expect, test } from "../support/fixtures";

test("while A holds a chat, nothing that B's browser receives tells of it", async ({ sit, simulator, baton, allow }) => {
  const received: { what: string; text: string }[] = [];
  const ana = await sit("Ana");
  const ben = await sit("Ben", {
    before: async (page) => {
      page.on("websocket", (socket) => {
        socket.on("framereceived", (frame) => received.push({ what: `frame of ${socket.url()}`, text: String(frame.payload) }));
      });
      page.on("response", async (response) => {
        const text = await response.text().catch(() => "");
        received.push({ what: response.url(), text });
      });
    },
  });
  const secret = await simulator.customer("Zebulon Quixote", { phone: "44 7700 912345" });
  const words = ["Zebulon", "Quixote", "447700912345", "912345", "xylophone", "marimba", "glockenspiel"];
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
  received.length = 0;
  await ana.say("about the marimba");
  await simulator.hears(secret, "about the marimba");
  await simulator.write(secret, "the glockenspiel too");
  await expect(ana.bubble("the glockenspiel too")).toBeVisible();

  // Ben tries every way there is.
  for (const queue of ["active", "requested", "intervened", "history"] as const) await ben.goto(queue);
  await ben.page.goto(`${baton.url}/chats/intervened/${chat}`);
  await ben.live();
  await expect(ben.page.getByText("This chat is now with another member.")).toBeVisible();
  for (const query of ["zebulon", "7700 91", "quix", "xylo", "glockenspiel"]) {
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
    received.push({ what: name, text: answer.text });
  }
  allow(/status of (404|409)/);
  const html = await ben.page.content();
  received.push({ what: "the page", text: html });
  const storage = await ben.page.evaluate(() => JSON.stringify([{ ...localStorage }, { ...sessionStorage }]));
  received.push({ what: "the browser's storage", text: storage });
  expect(received.length).toBeGreaterThan(20);
  for (const { what, text } of received) {
    for (const word of words) expect(text.includes(word), `“${word}” in ${what}: ${text.slice(0, 300)}`).toBe(false);
  }

  // Ana resolves, and it is everybody's again.
  await ana.resolve();
  await ben.goto("active");
  await expect(ben.row(secret)).toBeVisible();
  expect(received.some(({ text }) => text.includes("Zebulon")), "the ears were open").toBe(true);
});

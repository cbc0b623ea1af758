// usage: bench.mjs page <url> <session>: what a browser makes of the page: bytes, first paint, when it can be used.
// bench.mjs work <url> <session> <words>: an agent at work for half a minute with a CPU four times slower; the words
// say what arrives meanwhile.
import { chromium } from "@playwright/test";

const [part, url, session, words] = process.argv.slice(2);
const args = process.getuid?.() === 0 ? ["--no-sandbox"] : [];
const browser = await chromium.launch({ executablePath: process.env.CHROMIUM || undefined, args });
const row = (name, ...cells) => console.log(name.padEnd(44) + cells.map((cell) => String(cell).padStart(16)).join(""));
const median = (list) => list.sort((a, b) => a - b)[Math.floor(list.length / 2)];

async function open() {
  const context = await browser.newContext({ viewport: { width: 1440, height: 900 } });
  await context.addCookies([{ name: "baton", value: session, url }]);
  const page = await context.newPage();
  const client = await context.newCDPSession(page);
  await client.send("Network.enable");
  return { context, page, client };
}

async function load() {
  console.log(`\n${"the page in Chromium, cold cache".padEnd(44)}${"median of 5".padStart(16)}`);
  const paints = [], hydrated = [], needed = [], bytes = [];
  for (let run = 0; run < 5; run++) {
    const { context, page, client } = await open();
    // What the inbox runs on (as `make size` counts it), and whatever else comes: the page itself, what is loaded later.
    const parts = new Set();
    let sum = 0, usable = 0;
    client.on("Network.responseReceived", ({ requestId, response }) => {
      const path = new URL(response.url).pathname;
      if (!/\.(js|wasm|css)$/.test(path)) return;
      const encoding = Object.entries(response.headers).find(([name]) => name.toLowerCase() === "content-encoding")?.[1];
      if (encoding !== "br") throw new Error(`${path} came without brotli: ${encoding}`);
      if (/\/(baton|split)\./.test(path)) parts.add(requestId);
    });
    client.on("Network.loadingFinished", ({ requestId, encodedDataLength }) => {
      sum += encodedDataLength;
      if (parts.has(requestId)) usable += encodedDataLength;
    });
    await page.goto(`${url}/chats/active`);
    await page.waitForSelector("body[data-hydrated=true]");
    hydrated.push(await page.evaluate(() => performance.now()));
    await page.waitForSelector(".frame[data-live=live]");
    paints.push(await page.evaluate(() => performance.getEntriesByName("first-contentful-paint")[0]?.startTime ?? NaN));
    await page.waitForLoadState("networkidle");
    needed.push(usable);
    bytes.push(sum);
    await context.close();
  }
  row("first contentful paint, ms", median(paints).toFixed(0));
  row("hydrated, ms", median(hydrated).toFixed(0));
  row("bytes until usable: script, wasm, style (br)", median(needed));
  row("bytes in all, what comes later too", median(bytes));
}

/** An agent at work for half a minute: how long each interaction took, and what the page was like at the end. */
async function work() {
  const { context, page, client } = await open();
  await page.addInitScript(() => {
    window.longest = 0;
    window.interactions = new Map();
    window.clicked = 0;
    addEventListener("click", (event) => (window.clicked += event.target.closest("a.row") ? 1 : 0), true);
    new PerformanceObserver((list) => {
      for (const entry of list.getEntries()) window.longest = Math.max(window.longest, entry.duration);
    }).observe({ type: "longtask" });
    new PerformanceObserver((list) => {
      for (const entry of list.getEntries()) {
        if (!entry.interactionId) continue;
        const { interactionId, name, startTime, processingStart, processingEnd, duration } = entry;
        if ((window.interactions.get(interactionId)?.duration ?? 0) >= duration) continue;
        // What came before it, what was done for it, and until that was drawn.
        const [before, doing] = [processingStart - startTime, processingEnd - processingStart];
        window.interactions.set(interactionId, { name, duration, before, doing, drawing: duration - before - doing });
      }
    }).observe({ type: "event", durationThreshold: 16, buffered: true });
  });
  await page.goto(`${url}/chats/active`);
  await page.waitForSelector(".frame[data-live=live]");
  await client.send("Emulation.setCPUThrottlingRate", { rate: 4 });
  // For whoever looks for what takes the time.
  const trace = process.env.BENCH_TRACE;
  if (trace) await browser.startTracing(page, { path: trace });
  await page.evaluate(() => (window.longest = 0));
  let count = 0;
  const end = Date.now() + 30_000;
  while (Date.now() < end) {
    for (const key of ["j", "j", "j", "k"]) {
      await page.keyboard.press(key);
      await page.waitForTimeout(150);
      count++;
    }
    await page.mouse.move(250, 500);
    await page.mouse.wheel(0, 700);
    await page.waitForTimeout(200);
    // Where a row is, as a person does: rows move while messages arrive, and whichever is there by now is opened. A
    // click that does not get through fails the run: it took longer than any that did.
    const [before, x, y] = await page.evaluate(() => {
      const places = [...document.querySelectorAll("a.row")].map((row) => row.getBoundingClientRect());
      const { x, y, width, height } = places.filter(({ y, height }) => y > 200 && y + height < innerHeight)[3];
      return [window.clicked, x + width / 2, y + height / 2];
    });
    await page.mouse.click(x, y);
    await page.waitForFunction((before) => window.clicked > before, before, { timeout: 5000 });
    count++;
    await page.waitForTimeout(250);
  }
  if (trace) await browser.stopTracing();
  const found = await page.evaluate(() => ({
    longest: window.longest,
    times: [...window.interactions.values()],
    rows: document.querySelectorAll(".row").length,
    nodes: document.querySelectorAll("*").length,
  }));
  await context.close();
  // Interactions faster than the observer's threshold are not reported: they count as that.
  const quick = { name: "", duration: 16, before: 0, doing: 0, drawing: 0 };
  const times = [...found.times, ...Array(Math.max(0, count - found.times.length)).fill(quick)];
  const by = times.sort((a, b) => a.duration - b.duration);
  return {
    count,
    slow: by[Math.min(by.length - 1, Math.floor(by.length * 0.98))],
    half: by[Math.floor(by.length / 2)].duration,
    ...found,
  };
}

async function print() {
  const runs = [];
  for (let run = 0; run < Number(process.env.BENCH_RUNS || 5); run++) runs.push(await work());
  const spread = (of) => {
    const all = runs.map(of).sort((a, b) => a - b);
    return `${median([...all]).toFixed(0)} (${all[0].toFixed(0)}–${all.at(-1).toFixed(0)})`;
  };
  console.log(`\n${`4× slower CPU, ${words}, 30 s`.padEnd(44)}${`median of ${runs.length}`.padStart(16)}`);
  row("interactions", spread((run) => run.count));
  row("INP p98, ms", spread((run) => run.slow.duration));
  row("  before it, ms", spread((run) => run.slow.before));
  row("  for it, ms", spread((run) => run.slow.doing));
  row("  drawing, ms", spread((run) => run.slow.drawing));
  row("median, ms", spread((run) => run.half));
  row("longest task, ms", spread((run) => run.longest));
  row("rows in the page", spread((run) => run.rows));
  row("elements in the page", spread((run) => run.nodes));
}

await (part === "page" ? load() : print());
await browser.close();

// What a screen does when the server says that everything is to be loaded again.
import type { WebSocketRoute } from "@playwright/test";
import { expect, test } from "../support/fixtures";

const AGAIN = '"resync"';

test("told to load everything again, a screen asks once, however slow the answer is", async ({ sit, simulator }) => {
  const sockets: WebSocketRoute[] = [];
  const ana = await sit("Ana", {
    before: async (page) => {
      await page.clock.install();
      await page.routeWebSocket(/\/live/, (socket) => {
        socket.connectToServer();
        sockets.push(socket);
      });
    },
  });
  const who = await simulator.customer("Rita Resync");
  await simulator.write(who, "before");
  await ana.open(who);

  let asked = 0;
  let arrived = () => {};
  const waits = new Promise<void>((done) => (arrived = done));
  let release = () => {};
  const gate = new Promise<void>((done) => (release = done));
  await ana.page.route("**/api/inbox_page*", async (route) => {
    asked += 1;
    arrived();
    await gate;
    await route.continue();
  });
  const connected = sockets.length;
  sockets[connected - 1]!.send(AGAIN);
  await waits;
  // A minute in which it could connect, be told the same and ask again many times.
  await ana.page.clock.runFor(60_000);
  await expect(ana.page.locator(".frame")).toHaveAttribute("data-live", "catching-up");
  expect(asked, "how often it asked").toBe(1);
  expect(sockets.length, "how often it connected").toBe(connected);

  await simulator.write(who, "meanwhile");
  release();
  await ana.live();
  expect(asked).toBe(1);
  expect(sockets.length).toBe(connected + 1);
  await expect(ana.bubble("meanwhile")).toHaveCount(1);
});

test("a screen that could not load everything again tries until it can", async ({ sit, simulator, allow }) => {
  const sockets: WebSocketRoute[] = [];
  let asked = 0;
  let told = false;
  const ana = await sit("Ana", {
    before: async (page) => {
      await page.routeWebSocket(/\/live/, (socket) => {
        // As the server does: whoever still stands where they stood is told the same.
        if (told && asked < 3) {
          socket.send(AGAIN);
          return;
        }
        socket.connectToServer();
        sockets.push(socket);
      });
    },
  });
  const who = await simulator.customer("Tilda Tries");
  await simulator.write(who, "before");
  await expect(ana.row(who)).toBeVisible();

  allow(/Failed to load resource/);
  await ana.page.route("**/api/inbox_page*", async (route) => {
    asked += 1;
    if (asked === 1) await simulator.asks(who);
    if (asked < 3) await route.abort();
    else await route.continue();
  });
  told = true;
  sockets[sockets.length - 1]!.send(AGAIN);
  await expect.poll(() => asked).toBe(3);
  await ana.live();
  await expect(ana.row(who)).toHaveCount(0);
  await ana.tab("Requested").click();
  await ana.open(who);
  await ana.intervene.click();
  await expect(ana.composer).toBeFocused();
  await ana.resolve();
});

test("a page that is older than its server says so once, and is loaded anew where it stands", async ({ sit, simulator }) => {
  const sockets: WebSocketRoute[] = [];
  let newer = false;
  const who = await simulator.customer("Ulla Upgrade");
  const ana = await sit("Ana", {
    before: async (page) => {
      await page.routeWebSocket(/\/live/, (socket) => {
        const server = socket.connectToServer();
        server.onMessage((message) => {
          const text = String(message);
          socket.send(newer ? text.replace(/"build":"[^"]+"/, '"build":"/pkg/baton.another.wasm"') : text);
        });
        sockets.push(socket);
      });
    },
  });
  const again = async () => {
    const before = sockets.length;
    await sockets[before - 1]!.close();
    await expect.poll(() => sockets.length).toBeGreaterThan(before);
    await ana.live();
  };
  await simulator.write(who, "Hello");
  await ana.open(who);
  const toast = ana.page.locator(".toast").filter({ hasText: "Baton has been updated." });
  await again();
  await simulator.write(who, "One");
  await expect(ana.bubble("One")).toBeVisible();
  await expect(toast).toHaveCount(0);
  newer = true;
  await again();
  await expect(toast).toHaveCount(1);
  await again();
  await simulator.write(who, "Two");
  await expect(ana.bubble("Two")).toBeVisible();
  await expect(toast).toHaveCount(1);
  const loaded = ana.page.waitForEvent("load");
  await toast.getByRole("button", { name: "Load the page anew" }).click();
  await loaded;
  await ana.live();
  await expect(ana.page.getByRole("heading", { level: 1 })).toHaveText("Ulla Upgrade");
  await expect(toast).toHaveCount(0);
});

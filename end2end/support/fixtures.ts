// What tests begin with: a running Baton, its simulator, and members at their desks.
import { test as base, expect, type APIResponse, type BrowserContext, type Locator, type Page } from "@playwright/test";
import { Baton, type Template } from "./baton";
import { Simulator, type Customer } from "./simulator";

export { expect };
export type { Customer };

type Options = {
  viewport?: { width: number; height: number };
  colorScheme?: "light" | "dark";
  timezoneId?: string;
  before?: (page: Page) => Promise<void>;
  /// Another Baton than the test's.
  at?: string;
};

/// One member's screen.
export class Desk {
  constructor(
    readonly page: Page,
    readonly context: BrowserContext,
    readonly url: string,
  ) {}

  row(who: Customer | string): Locator {
    const name = typeof who === "string" ? who : (who.name ?? "");
    return this.page.locator("a.row").filter({ has: this.page.locator(".who", { hasText: name }) });
  }

  tab(name: "Active" | "Requested" | "Intervened"): Locator {
    return this.page.getByRole("navigation", { name: "Queues" }).getByRole("link", { name: new RegExp(`^${name}`) });
  }

  async goto(queue: "active" | "requested" | "intervened" | "history"): Promise<void> {
    await this.page.goto(`${this.url}/chats/${queue}`);
    await this.live();
  }

  async live(): Promise<void> {
    await expect(this.page.locator(".frame")).toHaveAttribute("data-live", "live");
  }

  async open(who: Customer): Promise<void> {
    await this.row(who).click();
    await expect(this.page.getByRole("heading", { level: 1 })).toHaveText(who.name ?? "");
  }

  /// Takes the request of a customer who asks for a person.
  async take(simulator: Simulator, who: Customer): Promise<void> {
    await simulator.asks(who);
    await this.tab("Requested").click();
    await this.open(who);
    await this.intervene.click();
    // Who takes a chat writes next; `leave` gives the keyboard back.
    await expect(this.composer).toBeFocused();
  }

  /// Leaves the composer, for the keyboard's shortcuts.
  async leave(): Promise<void> {
    await expect(this.composer).toBeFocused();
    await this.composer.press("Escape");
    await expect(this.composer).not.toBeFocused();
  }

  get log(): Locator {
    return this.page.getByRole("log");
  }

  bubble(text: string): Locator {
    return this.log.locator(".bubble").filter({ hasText: text });
  }

  get intervene(): Locator {
    return this.page.getByRole("button", { name: /^Intervene/ });
  }

  get composer(): Locator {
    return this.page.getByRole("textbox", { name: "Message" });
  }

  async say(text: string): Promise<void> {
    await this.composer.fill(text);
    await this.composer.press("Enter");
  }

  /// Follows what a customer writes to its end, until the server knows that it was read: a page that is loaded before
  /// shows from where it is new.
  async follow(simulator: Simulator, who: Customer, lines: string[]): Promise<void> {
    const last = lines[lines.length - 1]!;
    for (const line of lines.slice(0, -1)) await simulator.write(who, line);
    const read = this.page.waitForResponse("**/api/mark_seen*");
    await simulator.write(who, last);
    await expect(this.bubble(last)).toBeVisible();
    await read;
  }

  /// Opens the search and looks for words.
  async find(words: string): Promise<Locator> {
    const box = this.page.getByRole("combobox", { name: "Search people and messages" });
    if (!(await box.isVisible())) await this.page.getByRole("button", { name: "Search people and messages" }).click();
    await box.fill(words);
    return this.page.getByRole("listbox", { name: "Found" }).getByRole("option");
  }

  /// Calls a server function as this member, past the screen.
  call(name: string, data: object): Promise<APIResponse> {
    return this.context.request.post(`${this.url}/api/${name}`, { data, headers: { origin: this.url } });
  }

  /// Holds what a server function answers this page, until it is let go.
  async hold(name: string): Promise<() => void> {
    let go: () => void = () => undefined;
    const gone = new Promise<void>((done) => (go = done));
    await this.page.route(`**/api/${name}`, async (route) => {
      const response = await route.fetch();
      await gone;
      await route.fulfill({ response });
    });
    return go;
  }

  get profile(): Locator {
    return this.page.getByRole("complementary", { name: "Profile" });
  }

  /// An attribute's field in the profile.
  field(attribute: string): Locator {
    return this.profile.locator(`[data-attribute="${attribute}"]`);
  }

  /// Fills an attribute in: what it was is replaced.
  async set(attribute: string, value: string): Promise<void> {
    await this.field(attribute).getByRole("button").first().click();
    await this.field(attribute).getByRole("textbox").fill(value);
    await this.field(attribute).getByRole("textbox").press("Enter");
    await expect(this.field(attribute).getByRole("button", { name: `${attribute}: ${value}`, exact: true })).toBeVisible();
  }

  async resolve(outcome = "Solved"): Promise<void> {
    await this.page.getByRole("button", { name: /^Resolve/ }).first().click();
    const dialog = this.page.getByRole("dialog", { name: "Resolve this chat" });
    await dialog.getByRole("radio", { name: outcome, exact: true }).click();
    await dialog.getByRole("button", { name: "Resolve" }).click();
    await expect(dialog).toBeHidden();
  }
}

type Test = {
  /// A Baton that no other test has touched.
  baton: Baton;
  simulator: Simulator;
  /// Two processes on a database of their own, asked for before `sit`: they are to outlive the browsers.
  pair: [Baton, Baton];
  /// Opens a browser of its own, watched for errors.
  visit: (options?: Options) => Promise<{ page: Page; context: BrowserContext }>;
  /// A member at the desk, by first name.
  sit: (name: "Ana" | "Ben" | "Marco" | "Olivia", options?: Options) => Promise<Desk>;
  complaints: string[];
  /// The browser notes every refused request in its console: those that a test provokes are named here.
  allow: (pattern: RegExp) => void;
};

export const test = base.extend<Test, { template: Template }>({
  template: [async ({}, use, info) => use(await Baton.template(info.workerIndex)), { scope: "worker" }],
  baton: async ({ template }, use, info) => {
    const baton = await Baton.start(template, `baton_e2e_${info.workerIndex}`);
    await use(baton);
    await baton.stop();
  },
  simulator: async ({ baton }, use) => use(new Simulator(baton.url)),
  pair: async ({ template }, use, info) => {
    const first = await Baton.start(template, `baton_e2e_pair_${info.workerIndex}`);
    const second = await first.beside();
    await use([first, second]);
    await second.stop();
    await first.stop();
  },
  complaints: async ({}, use) => {
    await use([]);
  },
  allow: [
    async ({ complaints }, use) => {
      const allowed: RegExp[] = [];
      await use((pattern) => allowed.push(pattern));
      const rest = complaints.filter((complaint) => !allowed.some((pattern) => pattern.test(complaint)));
      expect(rest, "no page error and nothing in the console").toEqual([]);
    },
    { auto: true },
  ],
  // Of a Baton's time, so that no browser is left without its server.
  visit: async ({ browser, complaints, baton: _ }, use) => {
    const contexts: BrowserContext[] = [];
    await use(async (options = {}) => {
      const { viewport, colorScheme, timezoneId } = options;
      const context = await browser.newContext({ viewport, colorScheme, timezoneId });
      contexts.push(context);
      const page = await context.newPage();
      page.on("pageerror", (error) => complaints.push(`page error: ${error.message}`));
      page.on("console", (message) => {
        if (["error", "warning"].includes(message.type())) complaints.push(`${message.type()}: ${message.text()}`);
      });
      await options.before?.(page);
      return { page, context };
    });
    for (const context of contexts) await context.close();
  },
  sit: async ({ visit, baton }, use) => {
    await use(async (name, options) => {
      const { page, context } = await visit(options);
      const url = options?.at ?? baton.url;
      await page.goto(`${url}/sign-in`);
      await expect(page.locator("body")).toHaveAttribute("data-hydrated", "true");
      await page.getByRole("button", { name: new RegExp(`^${name}`) }).click();
      await page.waitForURL(/\/chats\//);
      const desk = new Desk(page, context, url);
      await desk.live();
      return desk;
    });
  },
});

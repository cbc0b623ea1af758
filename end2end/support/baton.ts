// A Baton of its own for each test: the real program, a fresh database, the simulator as WhatsApp.
import { spawn, type ChildProcess } from "node:child_process";
import { createServer } from "node:net";
import { Client } from "pg";

export type Template = { admin: string; binary: string; name: string; made: number };
type Place = { admin: string; binary: string; database: string };

/// So old, in milliseconds, a template is made anew: time goes on in its chats, and five minutes after nobody was at their
/// desks any more what they held would go back to those who wait.
const STALE = 120_000;

export class Baton {
  private constructor(
    readonly url: string,
    private readonly process: ChildProcess,
    private readonly place: Place,
    private readonly owner: boolean,
  ) {}

  /// Its database's address.
  get database(): string {
    return this.place.database;
  }

  /// A database with the demo in it, and nobody at it: what `start` copies. The same worker makes it anew.
  static async template(worker: number): Promise<Template> {
    const [admin, binary] = [process.env.DATABASE_URL ?? "", process.env.BATON ?? ""];
    if (!admin || !binary) throw new Error("Run `make e2e`: it sets DATABASE_URL and BATON.");
    const template = { admin, binary, name: `baton_e2e_template_${worker}`, made: 0 };
    await Baton.fill(template);
    return template;
  }

  private static async fill(template: Template): Promise<void> {
    const { admin, binary, name } = template;
    await sql(admin, `drop database if exists ${name} with (force)`, `create database ${name}`);
    const first = await Baton.serve({ admin, binary, database: at(admin, name) }, false);
    await first.stop();
    template.made = Date.now();
  }

  static async start(template: Template, copy: string): Promise<Baton> {
    if (Date.now() - template.made > STALE) await Baton.fill(template);
    const { admin, binary, name } = template;
    await sql(admin, `drop database if exists ${copy} with (force)`, `create database ${copy} template ${name}`);
    return Baton.serve({ admin, binary, database: at(admin, copy) }, true);
  }

  /// Another process on the same database; the first one alone is WhatsApp. It is stopped before the first one.
  beside(): Promise<Baton> {
    return Baton.serve(this.place, false);
  }

  private static async serve(place: Place, owner: boolean): Promise<Baton> {
    const port = await freePort();
    const address = `127.0.0.1:${port}`;
    const child = spawn(place.binary, ["serve"], {
      env: {
        ...process.env,
        DATABASE_URL: place.database,
        BATON_ADDRESS: address,
        BATON_PUBLIC_URL: "",
        BATON_DEMO: "1",
        BATON_GRAPH_URL: "",
        BATON_SENDING: owner ? "1" : "0",
        BATON_LOG: "warn",
      },
      stdio: ["ignore", "ignore", "inherit"],
    });
    const baton = new Baton(`http://${address}`, child, place, owner);
    await baton.ready();
    return baton;
  }

  private async ready(): Promise<void> {
    // As long as it takes, within the time that a test has: migrations on a busy machine are slow.
    for (;;) {
      if (this.process.exitCode !== null) throw new Error(`baton ended with ${this.process.exitCode}`);
      const answer = await fetch(`${this.url}/health`).catch(() => null);
      if (answer?.ok) return;
      await new Promise((done) => setTimeout(done, 100));
    }
  }

  async stop(): Promise<void> {
    const ended = new Promise((done) => this.process.once("exit", done));
    this.process.kill("SIGTERM");
    await ended;
    if (!this.owner) return;
    await sql(this.place.admin, `drop database if exists ${new URL(this.database).pathname.slice(1)} with (force)`);
  }
}

function at(server: string, database: string): string {
  const url = new URL(server);
  url.pathname = `/${database}`;
  return url.href;
}

async function sql(url: string, ...statements: string[]): Promise<void> {
  const client = new Client({ connectionString: url });
  await client.connect();
  try {
    for (const statement of statements) await client.query(statement);
  } finally {
    await client.end();
  }
}

function freePort(): Promise<number> {
  return new Promise((done, fail) => {
    const server = createServer();
    server.once("error", fail);
    server.listen(0, "127.0.0.1", () => {
      const address = server.address();
      server.close(() => (typeof address === "object" && address ? done(address.port) : fail(new Error("no port"))));
    });
  });
}

// A Baton of its own for each worker: the real program, a fresh database, the simulator as WhatsApp.
import { spawn, type ChildProcess } from "node:child_process";
import { createServer } from "node:net";
import { Client } from "pg";

export class Baton {
  private constructor(
    readonly url: string,
    private readonly process: ChildProcess,
    private readonly admin: string,
    readonly database: string,
    private readonly owner: boolean,
  ) {}

  static async start(worker: number | string): Promise<Baton> {
    const admin = process.env.DATABASE_URL ?? "";
    const binary = process.env.BATON ?? "";
    if (!admin || !binary) throw new Error("Run `make e2e`: it sets DATABASE_URL and BATON.");
    const name = `baton_e2e_${worker}`;
    await sql(admin, `drop database if exists ${name} with (force)`, `create database ${name}`);
    const database = new URL(admin);
    database.pathname = `/${name}`;
    return Baton.serve(binary, admin, database.href, true);
  }

  /// Another process on the same database; the first one alone is WhatsApp. It is stopped before the first one.
  beside(): Promise<Baton> {
    return Baton.serve(process.env.BATON ?? "", this.admin, this.database, false);
  }

  private static async serve(binary: string, admin: string, database: string, owner: boolean): Promise<Baton> {
    const port = await freePort();
    const address = `127.0.0.1:${port}`;
    const child = spawn(binary, ["serve"], {
      env: {
        ...process.env,
        DATABASE_URL: database,
        BATON_ADDRESS: address,
        BATON_PUBLIC_URL: "",
        BATON_DEMO: "1",
        BATON_GRAPH_URL: "",
        BATON_SENDING: owner ? "1" : "0",
        BATON_LOG: "warn",
      },
      stdio: ["ignore", "ignore", "inherit"],
    });
    const baton = new Baton(`http://${address}`, child, admin, database, owner);
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
    const name = new URL(this.database).pathname.slice(1);
    await sql(this.admin, `drop database if exists ${name} with (force)`);
  }
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

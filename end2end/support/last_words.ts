// What failed and where, in few lines at the very end: whoever reads a log from its end finds it there.
import type { Reporter, TestCase, TestResult } from "@playwright/test/reporter";

const colours = /\x1b\[[0-9;]*m/g;

export default class LastWords implements Reporter {
  private readonly failed: string[] = [];

  printsToStdio(): boolean {
    return false;
  }

  onTestEnd(test: TestCase, result: TestResult): void {
    if (result.status === test.expectedStatus || result.status === "skipped") return;
    const why = result.errors.map((error) => {
      const at = error.location ? `line ${error.location.line}: ` : "";
      return `    ${at}${(error.message ?? error.value ?? "").replace(colours, "").split("\n").slice(0, 12).join("\n      ")}`;
    });
    this.failed.push([`  ${test.titlePath().slice(2).join(" › ")} (${result.status})`, ...why].join("\n"));
  }

  onExit(): Promise<void> {
    if (this.failed.length) console.log(`\nFailed:\n${this.failed.join("\n")}`);
    return Promise.resolve();
  }
}

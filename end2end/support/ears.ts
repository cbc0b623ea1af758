// What a browser receives: every frame of its sockets, every answer's body.
import type { Page, Request } from "@playwright/test";

/// Listens to a page. An answer belongs to the moment in which it was asked for: one that was asked for before
/// `begin` may still be on its way then, and says what was true before.
export class Ears {
  private heard: { what: string; text: string | Promise<string> }[] = [];
  private readonly asked = new Set<Request>();

  listen(page: Page): void {
    page.on("websocket", (socket) => {
      socket.on("framereceived", (frame) => this.add(`frame of ${socket.url()}`, String(frame.payload)));
    });
    page.on("request", (request) => this.asked.add(request));
    page.on("response", (response) => {
      // What a page leaves behind as it goes has no body any more.
      if (this.asked.has(response.request())) this.add(response.url(), response.text().catch(() => ""));
    });
  }

  /// From now on.
  begin(): void {
    this.heard = [];
    this.asked.clear();
  }

  add(what: string, text: string | Promise<string>): void {
    this.heard.push({ what, text });
  }

  /// All of it, once every answer that has come is read.
  async everything(): Promise<{ what: string; text: string }[]> {
    return Promise.all(this.heard.map(async ({ what, text }) => ({ what, text: await text })));
  }
}

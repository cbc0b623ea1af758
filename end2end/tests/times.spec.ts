import { expect, test, type Desk } from "../support/fixtures";
import type { Simulator } from "../support/simulator";
import type { Locator } from "@playwright/test";

// Neither is UTC nor whole hours from it, and no two of the three have the same hour.
const ZONES = ["Asia/Kolkata", "America/St_Johns"];

/// A time element's moment as a reader in this zone writes it: on screen, and under the pointer.
async function written(time: Locator, zone: string): Promise<{ short: string; exact: string }> {
  const at = new Date((await time.getAttribute("datetime"))!);
  const part = (options: Intl.DateTimeFormatOptions) => new Intl.DateTimeFormat("en-GB", { timeZone: zone, ...options }).format(at);
  const day = [part({ weekday: "long" }), part({ day: "numeric" }), part({ month: "long" }), part({ year: "numeric" })].join(" ");
  return { short: part({ timeStyle: "short" }), exact: `${day}, ${part({ timeStyle: "medium" })}` };
}

/// Forward to 18:00 UTC: 23:30 in Kolkata. What is written an hour later is another day there, and the same in St John's.
async function evening(simulator: Simulator): Promise<void> {
  const now = new Date(await simulator.forward(0));
  const left = (42 * 3600 - (now.getUTCHours() * 60 + now.getUTCMinutes()) * 60 - now.getUTCSeconds()) % 86_400;
  await simulator.forward(left + 1);
}

test("every time is the reader's own, to the second under the pointer", async ({ sit, simulator }) => {
  await evening(simulator);
  const who = await simulator.customer("Tia Timezone");
  await simulator.write(who, "before midnight");
  await simulator.hears(who, "What can I do for you?");
  await simulator.forward(3600);
  await simulator.write(who, "after midnight");
  await simulator.tap(who, "Talk to a person");
  const days: Record<string, string[]> = { "Asia/Kolkata": ["today", "yesterday"], "America/St_Johns": ["today"] };
  const seen: string[] = [];
  const read = async (desk: Desk, zone: string) => {
    const times = [
      desk.bubble("before midnight").locator("time"),
      desk.bubble("after midnight").locator("time"),
      desk.profile.locator(".journey .step", { hasText: "First message" }).locator("time"),
      desk.profile.locator(".journey .step", { hasText: "Asked for a person" }).locator("time"),
    ];
    for (const time of times) {
      await expect(time).toBeVisible();
      const { short, exact } = await written(time, zone);
      await expect(time).toHaveText(short);
      await expect(time).toHaveAttribute("title", exact);
    }
    // The journey's days are the reader's, too; the latest is on top.
    await expect(desk.profile.locator(".journey .heading")).toHaveText(days[zone]);
    const active = desk.profile.locator("dt", { hasText: /^Last active$/ }).locator("xpath=following-sibling::dd[1]/time");
    const { short, exact } = await written(active, zone);
    await expect(active).toHaveText(`today, ${short}`);
    await expect(active).toHaveAttribute("title", exact);
    seen.push(short);
  };
  for (const zone of ZONES) {
    const desk = await sit("Ana", { timezoneId: zone });
    await desk.tab("Requested").click();
    await desk.open(who);
    await read(desk, zone);
    // The server writes what it does not know in UTC: the page puts it right.
    await desk.page.reload();
    await desk.live();
    await read(desk, zone);
  }
  expect(new Set(seen).size).toBe(ZONES.length);
});

test("a thread's days begin at the reader's midnight", async ({ sit, simulator }) => {
  await evening(simulator);
  const who = await simulator.customer("Mida Midnight");
  await simulator.write(who, "before midnight");
  await simulator.hears(who, "What can I do for you?");
  await simulator.forward(3600);
  await simulator.write(who, "after midnight");
  for (const [zone, days] of [["Asia/Kolkata", ["yesterday", "today"]], ["America/St_Johns", ["today"]]] as const) {
    const desk = await sit("Ana", { timezoneId: zone });
    await desk.open(who);
    await expect(desk.bubble("after midnight")).toBeVisible();
    await expect(desk.log.locator(".day")).toHaveText([...days]);
    await desk.page.reload();
    await desk.live();
    await expect(desk.log.locator(".day")).toHaveText([...days]);
  }
});

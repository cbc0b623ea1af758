import { deflateSync } from "node:zlib";
import type { Page } from "@playwright/test";
import { expect, test } from "../support/fixtures";

/// A small picture: a slope of one colour.
function png(red: number): Buffer {
  const [wide, high] = [64, 48];
  const rows = Buffer.alloc(high * (1 + wide * 3));
  for (let y = 0; y < high; y++)
    for (let x = 0; x < wide; x++) rows.set([red, 60 + x * 3, 60 + y * 4], y * (1 + wide * 3) + 1 + x * 3);
  const crc = (bytes: Buffer) => {
    let value = ~0;
    for (const byte of bytes) {
      value ^= byte;
      for (let bit = 0; bit < 8; bit++) value = (value >>> 1) ^ (value & 1 ? 0xedb88320 : 0);
    }
    return ~value >>> 0;
  };
  const chunk = (kind: string, data: Buffer) => {
    const body = Buffer.concat([Buffer.from(kind), data]);
    const [size, sum] = [Buffer.alloc(4), Buffer.alloc(4)];
    size.writeUInt32BE(data.length);
    sum.writeUInt32BE(crc(body));
    return Buffer.concat([size, body, sum]);
  };
  const head = Buffer.alloc(13);
  head.writeUInt32BE(wide, 0);
  head.writeUInt32BE(high, 4);
  head.set([8, 2, 0, 0, 0], 8);
  const mark = Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]);
  return Buffer.concat([mark, chunk("IHDR", head), chunk("IDAT", deflateSync(rows)), chunk("IEND", Buffer.alloc(0))]);
}

const picture = (name: string, red = 200) => ({ name, mimeType: "image/png", buffer: png(red) });
const document_ = (name: string) => ({ name, mimeType: "application/pdf", buffer: Buffer.from("%PDF-1.7 prices") });

/// The same by drop and paste: files that come with an event.
async function comes(page: Page, selector: string, kind: "drop" | "paste", name: string): Promise<void> {
  const bytes = [...png(90)];
  await page.locator(selector).evaluate(
    (target, { kind, name, bytes }) => {
      const data = new DataTransfer();
      data.items.add(new File([new Uint8Array(bytes)], name, { type: "image/png" }));
      const init = { bubbles: true, cancelable: true };
      target.dispatchEvent(
        kind === "drop"
          ? new DragEvent("drop", { ...init, dataTransfer: data })
          : new ClipboardEvent("paste", { ...init, clipboardData: data }),
      );
    },
    { kind, name, bytes },
  );
}

test("a reply with a file is made in Manage, used by a slash, and the customer sees both", async ({ sit, visit, simulator, baton, allow }) => {
  // What is no picture.
  allow(/422/);
  const ana = await sit("Ana");
  const who = await simulator.customer("Paula Picture");
  await ana.take(simulator, who);
  const manage = await ana.context.newPage();
  await manage.goto(`${baton.url}/manage/replies`);
  await expect(manage.locator("body")).toHaveAttribute("data-hydrated", "true");
  await manage.getByRole("button", { name: "New reply" }).click();
  const dialog = manage.getByRole("dialog");
  await dialog.getByLabel("Short code").fill("map");
  await dialog.getByLabel("Text").fill("This is where we are, {first_name}.");
  const field = dialog.locator(".attach");
  const drawing = Buffer.from("<svg xmlns='http://www.w3.org/2000/svg'/>");
  await field.locator("input").setInputFiles({ name: "map.png", mimeType: "image/png", buffer: drawing });
  await expect(field.getByRole("alert")).toContainText("WhatsApp does not take this kind of file.");
  await field.locator("input").setInputFiles({ name: "big.pdf", mimeType: "application/pdf", buffer: Buffer.alloc((16 << 20) + 1, "%PDF-1.7") });
  await expect(field.getByRole("alert")).toHaveText("A file takes at most 16 MB here; photos take at most 5 MB.");
  await field.locator("input").setInputFiles(picture("the map.png"));
  const chip = field.getByRole("group", { name: "File" });
  await expect(chip).toContainText("the map.png");
  await expect(chip).toContainText("Photo");
  await chip.getByRole("button", { name: "Take off the file the map.png" }).click();
  await expect(chip).toHaveCount(0);
  await comes(manage, ".attach", "drop", "dropped map.png");
  await expect(chip).toContainText("dropped map.png");
  await dialog.getByLabel("Button 1").fill("Got it");
  await expect(dialog.locator(".example img")).toBeVisible();
  await dialog.getByRole("button", { name: "Save" }).click();
  await expect(dialog).toBeHidden();
  const saved = manage.getByRole("region", { name: "Mine" }).locator(".entry").filter({ hasText: "/map" });
  await expect(saved.getByRole("group", { name: "File" })).toContainText("dropped map.png");
  await saved.getByRole("button", { name: "Edit" }).click();
  await expect(chip).toContainText("dropped map.png");
  await manage.close();

  await ana.composer.fill("/map");
  const preview = ana.page.getByLabel("Preview");
  await expect(preview).toContainText("This is where we are, Paula.");
  await expect(preview.getByRole("group", { name: "File" })).toContainText("dropped map.png");
  const kept = ana.page.waitForResponse((r) => r.url().endsWith("/save_draft") && !!r.request().postData()?.includes("Paula"));
  await ana.composer.press("Enter");
  const above = ana.page.locator(".composer > .file");
  await expect(above).toContainText("dropped map.png");
  await expect(ana.composer).toHaveValue("This is where we are, Paula.");
  await kept;
  // The file is kept with the draft.
  await ana.page.reload();
  await ana.live();
  await expect(above).toContainText("dropped map.png");
  await ana.composer.press("Enter");
  await expect(above).toHaveCount(0);
  const sent = ana.bubble("This is where we are, Paula.");
  await expect(sent.locator(".picture")).toHaveAttribute("data-state", "loaded");
  await expect(sent.getByRole("listitem")).toHaveText(["Got it"]);
  await expect(sent.getByRole("img", { name: "delivered" })).toBeVisible();
  const heard = await simulator.hears(who, "This is where we are, Paula.");
  expect(heard.body.interactive.header.type).toBe("image");

  const phone = await visit();
  await phone.page.goto(`${baton.url}/simulator?customer=${who.id}`);
  const shown = phone.page.getByRole("log", { name: "Chat" }).getByRole("img", { name: "Photo from the business" });
  await expect(shown).toBeVisible();
  expect(await shown.evaluate((image: HTMLImageElement) => image.naturalWidth)).toBe(64);
  await simulator.tap(who, "Got it");
  await expect(ana.log.locator('.bubble[data-author="customer"]').last()).toContainText("Got it");
  await ana.resolve();
  // What was said stays when the reply goes; and the next test finds Ana's replies as this one did.
  const again = await ana.context.newPage();
  await again.goto(`${baton.url}/manage/replies`);
  await expect(again.locator("body")).toHaveAttribute("data-hydrated", "true");
  const row = again.getByRole("region", { name: "Mine" }).locator(".entry").filter({ hasText: "/map" });
  await row.getByRole("button", { name: "Delete" }).click();
  await row.getByRole("button", { name: "Delete for good?" }).click();
  await expect(row).toHaveCount(0);
  await ana.page.reload();
  await ana.live();
  await expect(sent.locator(".picture")).toHaveAttribute("data-state", "loaded");
});

test("one file goes by the paper clip, by drop and by paste; a caption is found again", async ({ sit, simulator, baton }) => {
  const ana = await sit("Ana");
  const who = await simulator.customer("Fred File");
  await ana.take(simulator, who);
  const clip = ana.page.getByLabel("Attach a file");
  const above = ana.page.locator(".composer > .file");
  const send = ana.page.getByRole("button", { name: "Send", exact: true });
  await expect(send).toBeDisabled();
  await clip.setInputFiles(document_("prices.pdf.exe"));
  await expect(above).toContainText("prices.pdf.exe.pdf");
  await ana.composer.fill("Our prices, hippopotamus included");
  await send.click();
  const sent = ana.bubble("hippopotamus");
  await expect(sent.getByRole("link", { name: /prices\.pdf\.exe\.pdf/ })).toHaveAttribute("download", "prices.pdf.exe.pdf");
  await expect.poll(async () => (await simulator.phone(who)).at(-1)?.body.document?.filename).toBe("prices.pdf.exe.pdf");
  expect((await simulator.phone(who)).at(-1)?.body.document.caption).toBe("Our prices, hippopotamus included");
  await comes(ana.page, ".composer textarea", "paste", "pasted.png");
  await expect(above).toContainText("pasted.png");
  await comes(ana.page, ".composer", "drop", "dropped.png");
  await expect(above).toContainText("dropped.png");
  await send.click();
  await expect(ana.log.locator(".picture")).toHaveAttribute("data-state", "loaded");
  await expect(ana.row(who)).toContainText("Photo");
  await expect.poll(async () => (await simulator.phone(who)).at(-1)?.body.type).toBe("image");
  await expect(await ana.find("hippopotamus")).toHaveCount(1);
  await ana.page.keyboard.press("Escape");
  // Another agent has no way to it while Ana holds the chat.
  const address = await ana.log.locator(".picture").getAttribute("href");
  const ben = await sit("Ben");
  const refused = await ben.context.request.get(`${baton.url}${address}`);
  expect(refused.status()).toBe(404);
  // Enlarged, it lies over the thread; and it goes with it.
  const whole = ana.page.getByRole("dialog", { name: "dropped.png" });
  await ana.log.locator(".picture").click();
  await expect(whole.getByRole("img", { name: "Photo dropped.png" })).toBeVisible();
  await ana.page.keyboard.press("Escape");
  await expect(whole).toBeHidden();
  await expect(ana.log.locator(".picture")).toBeFocused();
  await ana.page.keyboard.press("Enter");
  await expect(whole).toBeVisible();
  const olivia = await sit("Olivia");
  const chat = new URL(ana.page.url()).pathname.split("/").pop();
  expect((await olivia.call("take_over", { chat })).ok()).toBe(true);
  await expect(ana.page.getByText("This chat is now with another member.")).toBeVisible();
  await expect(whole).toHaveCount(0);
  expect(ana.context.pages()).toHaveLength(1);
});

test("a file whose upload is in trouble waits and is sent once; what cannot be shown can be taken away", async ({ sit, simulator, allow }) => {
  allow(/404/);
  const ana = await sit("Ana");
  const who = await simulator.customer("Doris Down");
  await ana.take(simulator, who);
  await simulator.switches({ answering: "down" });
  await ana.page.getByLabel("Attach a file").setInputFiles(picture("late.png"));
  await ana.composer.fill("Sooner or later");
  // Once the file has come up.
  await expect(ana.page.getByRole("button", { name: "Send", exact: true })).toBeEnabled();
  await ana.composer.press("Enter");
  const sent = ana.bubble("Sooner or later");
  await expect(sent).toHaveAttribute("data-delivery", "queued");
  await simulator.switches({});
  await expect(sent.getByRole("img", { name: "delivered" })).toBeVisible({ timeout: 20_000 });
  expect((await simulator.phone(who)).filter((m) => m.body.image?.caption === "Sooner or later")).toHaveLength(1);
  await ana.page.route("**/media/of/*", (route) => route.fulfill({ status: 404, body: "gone" }));
  await ana.page.reload();
  await ana.live();
  await expect(sent.getByRole("note")).toContainText("The photo could not be shown.");
  await expect(sent.getByRole("link", { name: /late\.png/ })).toBeVisible();
  await ana.page.unroute("**/media/of/*");
  await sent.getByRole("button", { name: "Try again" }).click();
  await expect(sent.locator(".picture")).toHaveAttribute("data-state", "loaded");
  await ana.resolve();
});

for (const colorScheme of ["light", "dark"] as const) {
  test(`files look right at a desk and on a phone, ${colorScheme}`, async ({ sit, visit, simulator, baton }, info) => {
    const ana = await sit("Ana", { colorScheme });
    const who = await simulator.customer(`Greta ${colorScheme}`);
    await ana.take(simulator, who);
    const clip = ana.page.getByLabel("Attach a file");
    const above = ana.page.locator(".composer > .file");
    for (const [file, words] of [
      [picture("a long name of a picture that does not fit anywhere.png"), "With words below that take more than one line, as captions sometimes do."],
      [document_("prices.pdf"), ""],
    ] as const) {
      await clip.setInputFiles(file);
      await expect(above).toBeVisible();
      await ana.composer.fill(words);
      await ana.page.getByRole("button", { name: "Send", exact: true }).click();
      await expect(above).toHaveCount(0);
    }
    await clip.setInputFiles(picture("next.png", 30));
    await expect(above.locator("img")).toBeVisible();
    await expect(ana.log.getByRole("img", { name: "delivered" }).last()).toBeVisible();
    await expect(ana.log.locator(".picture")).toHaveAttribute("data-state", "loaded");
    const wide = () => ana.page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
    await ana.page.screenshot({ path: info.outputPath(`desk-${colorScheme}.png`) });
    expect(await wide()).toBeLessThanOrEqual(0);
    await ana.page.setViewportSize({ width: 390, height: 844 });
    await ana.page.screenshot({ path: info.outputPath(`narrow-${colorScheme}.png`) });
    expect(await wide()).toBeLessThanOrEqual(0);
    await ana.page.goto(`${baton.url}/manage/replies`);
    await expect(ana.page.locator("body")).toHaveAttribute("data-hydrated", "true");
    await ana.page.getByRole("button", { name: "New reply" }).click();
    await ana.page.locator(".attach input").setInputFiles(picture("map.png"));
    await expect(ana.page.locator(".example img")).toBeVisible();
    await ana.page.screenshot({ path: info.outputPath(`manage-narrow-${colorScheme}.png`) });
    await ana.page.setViewportSize({ width: 1280, height: 900 });
    await ana.page.screenshot({ path: info.outputPath(`manage-${colorScheme}.png`) });
    const phone = await visit({ colorScheme });
    await phone.page.goto(`${baton.url}/simulator?customer=${who.id}`);
    await expect(phone.page.getByRole("img", { name: "Photo from the business" })).toBeVisible();
    await phone.page.screenshot({ path: info.outputPath(`phone-${colorScheme}.png`) });
    await ana.goto("intervened");
    await ana.open(who);
    await ana.resolve();
  });
}

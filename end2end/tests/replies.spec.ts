import { expect, test } from "../support/fixtures";

test("a canned reply is written in Manage, chosen by a slash, filled, and received", async ({ sit, simulator, baton, allow }) => {
  // The code that is taken.
  allow(/422/);
  const ana = await sit("Ana");
  const who = await simulator.customer("Nora Blank");
  await ana.take(simulator, who);

  // The desk stays open beside it: what is written there is heard here.
  const manage = await ana.context.newPage();
  await manage.goto(`${baton.url}/manage/replies`);
  await expect(manage.locator("body")).toHaveAttribute("data-hydrated", "true");
  await expect(manage.getByRole("heading", { name: "Canned replies" })).toBeVisible();
  const write = async (code: string, text: string) => {
    await manage.getByRole("button", { name: "New reply" }).click();
    const dialog = manage.getByRole("dialog");
    await expect(dialog.getByLabel("For everybody")).toHaveCount(0);
    await dialog.getByLabel("Short code").fill(code);
    await dialog.getByLabel("Text").fill(text);
    return dialog;
  };
  let dialog = await write("ship", "Hello {first_name}, it ships today. ");
  await dialog.getByRole("button", { name: "{agent}" }).click();
  await expect(dialog.getByLabel("Preview")).toHaveText("Hello Maria, it ships today. Ana Silva");
  await dialog.getByRole("button", { name: "Save" }).click();
  await expect(dialog).toBeHidden();
  dialog = await write("ship", "Twice");
  await dialog.getByRole("button", { name: "Save" }).click();
  await expect(dialog.getByRole("alert")).toHaveText("There is a reply /ship already.");
  await dialog.getByLabel("Short code").fill("shoes");
  await dialog.getByLabel("Text").fill("We write to {nowhere}.");
  await expect(dialog.locator("mark")).toHaveText("{nowhere}");
  await expect(dialog).toContainText("{nowhere} names nothing that is known.");
  await dialog.getByRole("button", { name: "Save" }).click();
  const mine = manage.getByRole("region", { name: "Mine" });
  await expect(mine.locator(".entry")).toHaveCount(2);
  await manage.close();

  const list = ana.page.getByRole("listbox", { name: "Canned replies" });
  const preview = ana.page.getByLabel("Preview");
  await ana.composer.fill("/nothing");
  await expect(ana.page.getByText("No canned reply is called so. Enter sends it as it is.")).toBeVisible();
  await ana.composer.fill("/nothing of the kind");
  await expect(ana.page.getByText("No canned reply is called so.")).toHaveCount(0);
  await ana.composer.fill("/sh");
  await expect(list.getByRole("option")).toHaveCount(2);
  await expect(list.getByRole("option").first()).toHaveAttribute("aria-selected", "true");
  await expect(preview).toHaveText("Hello Nora, it ships today. Ana Silva");
  await ana.composer.press("ArrowDown");
  await expect(preview.locator("mark")).toHaveText("{nowhere}");
  await ana.composer.press("Escape");
  await expect(list).toHaveCount(0);
  await expect(ana.composer).toBeFocused();
  await ana.composer.fill("");
  await ana.composer.fill("/today");
  await expect(list.getByRole("option")).toHaveText([/^\/ship/]);
  await ana.composer.press("Tab");
  await expect(ana.composer).toHaveValue("Hello Nora, it ships today. Ana Silva");
  // It is a draft like any other.
  await ana.composer.press("End");
  await ana.composer.pressSequentially("!");
  await ana.composer.press("Enter");
  await simulator.hears(who, "Hello Nora, it ships today. Ana Silva!");

  // A blank that is left is asked about.
  await ana.composer.fill("/shoes");
  await ana.composer.press("Enter");
  await expect(ana.composer).toHaveValue("We write to {nowhere}.");
  await ana.composer.press("Enter");
  const question = ana.page.getByRole("alert").filter({ hasText: "{nowhere} is not filled in." });
  await expect(question).toBeVisible();
  await expect(ana.composer).toHaveValue("We write to {nowhere}.");
  await ana.composer.fill("We write to {nobody}.");
  await expect(ana.page.getByRole("alert").filter({ hasText: "{nobody} is not filled in." })).toBeVisible();
  await ana.page.getByRole("button", { name: "Send as it is" }).click();
  await simulator.hears(who, "We write to {nobody}.");
  await ana.resolve();
});

test("everybody's replies are the supervisors' to change, and everybody's to use", async ({ sit, simulator, baton }) => {
  const [ana, marco] = [await sit("Ana"), await sit("Marco")];
  const who = await simulator.customer("Hugo Hours");
  await ana.take(simulator, who);
  await marco.page.goto(`${baton.url}/manage/replies`);
  await expect(marco.page.locator("body")).toHaveAttribute("data-hydrated", "true");
  await marco.page.getByRole("button", { name: "New reply" }).click();
  const dialog = marco.page.getByRole("dialog");
  await expect(dialog.getByLabel("For everybody")).toBeChecked();
  await dialog.getByLabel("Short code").fill("hours");
  await dialog.getByLabel("Text").fill("We are here from nine to five, {first_name}.");
  await dialog.getByRole("button", { name: "Save" }).click();
  const shared = marco.page.getByRole("region", { name: "Everybody's" });
  await expect(shared.locator(".entry").filter({ hasText: "/hours" })).toBeVisible();

  const agents = await ana.context.newPage();
  await agents.goto(`${baton.url}/manage/replies`);
  const row = agents.locator(".entry").filter({ hasText: "/hours" });
  await expect(row).toBeVisible();
  await expect(row.getByRole("button")).toHaveCount(0);
  await agents.close();

  await ana.composer.fill("/hou");
  await ana.page.getByRole("option", { name: /^\/hours/ }).click();
  await expect(ana.composer).toHaveValue("We are here from nine to five, Hugo.");
  await expect(ana.composer).toBeFocused();
  await ana.composer.press("Enter");
  await simulator.hears(who, "We are here from nine to five, Hugo.");

  const theirs = shared.locator(".entry").filter({ hasText: "/hours" });
  await theirs.getByRole("button", { name: "Delete" }).click();
  await theirs.getByRole("button", { name: "Delete for good?" }).click();
  await expect(theirs).toHaveCount(0);
  await ana.resolve();
});

test("a reply's buttons go along, are kept with the draft, and a tap comes back as words", async ({ sit, simulator, baton, allow }) => {
  // Two buttons alike.
  allow(/422/);
  const ana = await sit("Ana");
  const [who, other] = [await simulator.customer("Bea Button"), await simulator.customer("Otto Other")];
  await ana.take(simulator, other);
  await ana.take(simulator, who);
  const manage = await ana.context.newPage();
  await manage.goto(`${baton.url}/manage/replies`);
  await expect(manage.locator("body")).toHaveAttribute("data-hydrated", "true");
  await manage.getByRole("button", { name: "New reply" }).click();
  const dialog = manage.getByRole("dialog");
  await dialog.getByLabel("Short code").fill("arrived");
  await dialog.getByLabel("Text").fill("Has it arrived, {first_name}?");
  await dialog.getByLabel("Button 1").fill("Yes");
  await dialog.getByLabel("Button 2").fill("YES");
  await expect(dialog.getByRole("list", { name: "Buttons" }).getByRole("listitem")).toHaveText(["Yes", "YES"]);
  await dialog.getByRole("button", { name: "Save" }).click();
  await expect(dialog.getByRole("alert")).toHaveText("Two buttons say “YES”.");
  await dialog.getByLabel("Button 2").fill("Not yet");
  await dialog.getByLabel("Button 3").fill("Wrong one");
  await dialog.getByRole("button", { name: "Save" }).click();
  await expect(dialog).toBeHidden();
  const saved = manage.getByRole("region", { name: "Mine" }).locator(".entry").filter({ hasText: "/arrived" });
  await expect(saved.getByRole("listitem")).toHaveText(["Yes", "Not yet", "Wrong one"]);
  await manage.close();

  await ana.composer.fill("/arr");
  const preview = ana.page.getByLabel("Preview");
  await expect(preview).toContainText("Has it arrived, Bea?");
  await expect(preview.getByRole("listitem")).toHaveText(["Yes", "Not yet", "Wrong one"]);
  await ana.composer.press("Enter");
  const offered = ana.page.locator(".offered li");
  await expect(offered).toHaveCount(3);
  const without = (body: string | null) => !!body?.includes("Not yet") && !body.includes("Wrong one");
  const kept = ana.page.waitForResponse((r) => r.url().endsWith("/save_draft") && without(r.request().postData()));
  await ana.page.getByRole("button", { name: "Take off the button Wrong one" }).click();
  await kept;
  // They wait with the text while another chat is open.
  await ana.open(other);
  await expect(offered).toHaveCount(0);
  await ana.open(who);
  await expect(ana.composer).toHaveValue("Has it arrived, Bea?");
  await expect(offered).toHaveText([/^Yes/, /^Not yet/]);
  await ana.composer.press("Enter");
  await expect(offered).toHaveCount(0);
  const sent = ana.bubble("Has it arrived, Bea?");
  await expect(sent.getByRole("listitem")).toHaveText(["Yes", "Not yet"]);
  await expect(sent.getByRole("img", { name: "delivered" })).toBeVisible();
  await simulator.tap(who, "Not yet");
  await expect(ana.log.locator('.bubble[data-author="customer"]').last()).toContainText("Not yet");
  await ana.resolve();
  await ana.open(other);
  await ana.resolve();
});

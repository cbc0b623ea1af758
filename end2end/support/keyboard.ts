// The keyboard, as whoever has no mouse uses it.
import { expect, type Locator, type Page } from "@playwright/test";

/// Presses Tab until an element has the keyboard.
export async function tabTo(page: Page, element: Locator): Promise<void> {
  await expect(element).toBeVisible();
  for (let presses = 0; presses < 200; presses++) {
    if (await element.evaluate((one) => one === document.activeElement)) return;
    await page.keyboard.press("Tab");
  }
  throw new Error("Tab does not lead there.");
}

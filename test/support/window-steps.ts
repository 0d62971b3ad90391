import { mkdirSync } from 'node:fs';
import type { Page } from 'playwright-core';

/** What a person does in the window; the same steps in Electron, in a browser and in the packed app. */
export function steps(page: Page, shots: string) {
  return {
    async takeQuickLook() {
      await page
        .getByRole('button', { name: /quick look/i })
        .first()
        .click();
      await page.getByRole('heading', { name: 'Memory' }).waitFor({ timeout: 60_000 });
    },

    async openPlan() {
      await page.getByRole('link', { name: 'Plan' }).click();
      await page.getByRole('combobox', { name: 'Model' }).waitFor();
    },

    async pickFromCatalog(name: string) {
      const box = page.getByRole('combobox', { name: 'Model' });
      await box.click();
      await box.fill(name);
      await page
        .getByRole('option', { name: new RegExp(name, 'i') })
        .first()
        .click();
      await this.verdict();
    },

    async openPath(path: string) {
      const field = page.getByRole('textbox', { name: 'Path of a file' });
      await field.fill(path);
      await field.press('Enter');
    },

    /** The verdict's own words. */
    async verdict() {
      const region = page.getByRole('region', { name: 'Verdict' });
      await region.waitFor({ timeout: 30_000 });
      return region.innerText();
    },

    async flags() {
      return page.getByLabel('Command line for llama-server').innerText();
    },

    async screenshot(name: string) {
      mkdirSync('test/screenshots', { recursive: true });
      await page.screenshot({ path: `test/screenshots/${shots}-${name}.png`, fullPage: true });
    },
  };
}

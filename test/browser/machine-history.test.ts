import { chromium, type Browser, type Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { chromiumPath } from '../support/programs';
import { serve, type Served } from '../support/served';
import { temporaryFolder } from '../support/temporary';
import { steps } from '../support/window-steps';

const executablePath = chromiumPath();

describe.skipIf(executablePath === null)('the machine in a browser (needs Chromium)', () => {
  const data = temporaryFolder();
  let served: Served;
  let browser: Browser;
  let page: Page;

  beforeAll(async () => {
    served = await serve(data.path);
    browser = await chromium.launch({
      executablePath: executablePath!,
      args: ['--no-sandbox', '--disable-gpu'],
    });
    page = await browser.newPage({ viewport: { width: 1280, height: 900 } });
    await page.goto(served.address);
    await steps(page, 'browser').takeQuickLook();
  });

  afterAll(async () => {
    await browser?.close();
    await served?.stop();
    data.remove();
  });

  it('is looked at by the doctor, and compared with nothing before there is something', async () => {
    await page.getByRole('region', { name: 'Doctor' }).waitFor();
    expect(await page.getByRole('region', { name: 'Compared with' }).count()).toBe(0);
  });

  it('is compared with the measurement before, and with one that is chosen', async () => {
    const panel = page.getByRole('region', { name: 'Compared with' });
    for (const earlier of [1, 2]) {
      await page.getByRole('button', { name: /quick look/i }).click();
      const choice = panel.getByRole('combobox', { name: 'Earlier measurement' });
      await expect.poll(() => choice.locator('option').count(), { timeout: 30_000 }).toBe(earlier);
    }
    const choice = panel.getByRole('combobox', { name: 'Earlier measurement' });
    await choice.selectOption({ index: 1 });
    await expect.poll(() => panel.innerText()).toMatch(/figures are as they were/);
    expect(await panel.innerText()).not.toContain('two machines');
  });

  it('offers the home folder among the disks to measure, with one chosen', async () => {
    await page.getByRole('button', { name: 'Measure this machine' }).click();
    const panel = page.getByRole('region', { name: 'Before it starts' });
    await panel.getByRole('checkbox').first().waitFor();
    expect(await panel.getByRole('checkbox', { checked: true }).count()).toBeLessThanOrEqual(1);
    await panel.getByRole('button', { name: 'Close' }).click();
  });

  it('fits a narrow window', async () => {
    await page.setViewportSize({ width: 380, height: 800 });
    for (const name of ['Doctor', 'Compared with']) {
      const box = await page.getByRole('region', { name }).boundingBox();
      expect(box!.x + box!.width).toBeLessThanOrEqual(380);
    }
  });
});

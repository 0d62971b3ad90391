import type { Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { chromiumIsMissing, openWindow, type OpenWindow } from '../support/open-window';

describe.skipIf(chromiumIsMissing)('the machine in a browser (needs Chromium)', () => {
  let open: OpenWindow;
  let page: Page;

  beforeAll(async () => {
    open = await openWindow();
    ({ page } = open);
    await open.user.takeQuickLook();
  });

  afterAll(async () => {
    await open?.close();
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

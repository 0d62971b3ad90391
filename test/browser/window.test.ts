import { readFileSync } from 'node:fs';
import type { Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { chromiumIsMissing, openWindow, type OpenWindow } from '../support/open-window';
import { sparseModel } from '../support/sparse-model';

describe.skipIf(chromiumIsMissing)('the window in a browser (needs Chromium)', () => {
  let open: OpenWindow;
  let page: Page;
  let user: OpenWindow['user'];

  beforeAll(async () => {
    open = await openWindow();
    ({ page, user } = open);
  });

  afterAll(async () => {
    await open?.close();
  });

  it('takes the token out of the address', async () => {
    await page
      .getByRole('button', { name: /quick look/i })
      .first()
      .waitFor();
    expect(page.url()).not.toContain('token=');
  });

  it('can be cancelled while it measures, and then has measured nothing', async () => {
    await page
      .getByRole('button', { name: /quick look/i })
      .first()
      .click();
    await page.getByRole('button', { name: 'Cancel' }).click();
    await page.getByRole('button', { name: 'Cancel' }).waitFor({ state: 'detached' });
    expect(await page.getByRole('heading', { name: 'Memory' }).count()).toBe(0);
  });

  it('measures this machine, with the source of every figure at hand', async () => {
    await user.takeQuickLook();
    await user.screenshot('machine');
    const text = await page.locator('main').innerText();
    expect(text).toMatch(/\d+(\.\d+)?\sGiB/);
    expect(text).toMatch(/\d+(\.\d+)?\sGB\/s/);
    expect(text).toMatch(/unknown/i);
  });

  it('says ship or refuse for a model of the catalog, with flags to copy', async () => {
    await user.openPlan();
    await user.pickFromCatalog('SmolLM3');
    expect(await user.verdict()).toMatch(/ship/i);
    const flags = await user.flags();
    expect(flags).toContain('--fit off');
    await page.getByRole('button', { name: 'Copy flags' }).click();
    await page
      .getByText(/copied/i)
      .first()
      .waitFor();
    expect(await page.evaluate(() => navigator.clipboard.readText())).toBe(flags.trim());
    await user.screenshot('plan-ship');
  });

  it('refuses what does not fit and says by how much', async () => {
    await user.pickFromCatalog('DeepSeek V3');
    await expect.poll(() => user.verdict(), { timeout: 20_000 }).toMatch(/refuse/i);
    expect(await user.verdict()).toMatch(/\d+(\.\d+)?\s[GM]iB/);
    await user.screenshot('plan-refuse');
  });

  it('plans a GGUF file by its path and names it in the flags', async () => {
    const path = sparseModel('llama-3.1-8b', open.data);
    await user.openPath(path);
    await expect.poll(() => user.flags(), { timeout: 20_000 }).toContain(path);
    expect(await user.verdict()).toMatch(/ship|refuse/i);
    expect(await page.getByRole('combobox', { name: 'Model' }).inputValue()).toBe('');
  });

  it("finds a model by the catalog's own name", async () => {
    const box = page.getByRole('combobox', { name: 'Model' });
    await box.fill('llama-3.1-8b');
    await page
      .getByRole('option', { name: /Llama 3\.1 8B/ })
      .first()
      .waitFor();
    await box.press('Escape');
    await box.blur();
  });

  it('reads a dropped GGUF in the page itself', async () => {
    const head = readFileSync('test/fixtures/headers/qwen2.5-7b.gguf.head').toString('base64');
    const transfer = await page.evaluateHandle((text) => {
      const bytes = Uint8Array.from(atob(text), (letter) => letter.charCodeAt(0));
      const carried = new DataTransfer();
      carried.items.add(new File([bytes], 'dropped.gguf'));
      return carried;
    }, head);
    await page.dispatchEvent('main', 'dragenter', { dataTransfer: transfer });
    const target = page.locator('.mantine-Dropzone-root');
    await target.waitFor();
    await target.dispatchEvent('dragover', { dataTransfer: transfer });
    await target.dispatchEvent('drop', { dataTransfer: transfer });
    await expect.poll(() => user.flags(), { timeout: 20_000 }).toContain('dropped.gguf');
  });

  it('says what is wrong with a file that is not a model', async () => {
    await user.openPath('package.json');
    const alert = page
      .getByRole('alert')
      .filter({ hasText: /not|no /i })
      .first();
    await alert.waitFor();
    expect((await alert.innerText()).length).toBeGreaterThan(20);
  });

  it('exports the profile and takes it back', async () => {
    await page.getByRole('link', { name: 'Machine' }).click();
    const download = page.waitForEvent('download');
    await page.getByRole('button', { name: /export/i }).click();
    await page.getByRole('menuitem').first().click();
    const path = await (await download).path();
    const profile = JSON.parse(readFileSync(path, 'utf8')) as { schema_version: string };
    expect(profile.schema_version).toBe('1.0.0');

    const chooser = page.waitForEvent('filechooser');
    await page.getByRole('button', { name: /import/i }).click();
    await (await chooser).setFiles('test/fixtures/profiles/example-1.0.0.json');
    await page.getByText('NVIDIA GeForce RTX 4090').first().waitFor();
    await user.screenshot('machine-imported');
  });

  it('fits a narrow window without scrolling sideways', async () => {
    await page.setViewportSize({ width: 380, height: 800 });
    await user.openPlan();
    await user.pickFromCatalog('Qwen3 8B');
    await user.screenshot('narrow');
    const width = await page.evaluate(() => document.documentElement.scrollWidth);
    expect(width).toBeLessThanOrEqual(380);
    await page.setViewportSize({ width: 360, height: 800 });
    await expect
      .poll(() => page.evaluate(() => document.documentElement.scrollWidth))
      .toBeLessThanOrEqual(360);
  });

  it('works by keyboard alone', async () => {
    await page.setViewportSize({ width: 1280, height: 900 });
    await page.keyboard.press('Home');
    const seen = new Set<string>();
    for (let presses = 0; presses < 60; presses += 1) {
      await page.keyboard.press('Tab');
      seen.add(
        await page.evaluate(
          () =>
            document.activeElement?.textContent || document.activeElement?.getAttribute('aria-label') || '',
        ),
      );
    }
    expect([...seen].some((name) => /machine/i.test(name))).toBe(true);
    expect(seen.size).toBeGreaterThan(8);
  });

  it('logged no error on the way', () => {
    expect(open.problems).toEqual([]);
  });
});

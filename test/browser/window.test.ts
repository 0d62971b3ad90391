import { mkdirSync } from 'node:fs';
import { chromium, type Browser, type Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { chromiumPath } from '../support/programs';
import { serve, type Served } from '../support/served';
import { temporaryFolder } from '../support/temporary';

const executablePath = chromiumPath();
const quiet = [
  '--no-sandbox',
  '--disable-gpu',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
];

describe.skipIf(executablePath === null)('the window in a browser (needs Chromium)', () => {
  const data = temporaryFolder();
  let served: Served;
  let browser: Browser;
  let page: Page;

  beforeAll(async () => {
    served = await serve(data.path);
    browser = await chromium.launch({ executablePath: executablePath!, args: quiet });
    page = await browser.newPage({ viewport: { width: 1280, height: 900 } });
    await page.goto(served.address);
    mkdirSync('test/screenshots', { recursive: true });
  });

  afterAll(async () => {
    await browser?.close();
    await served?.stop();
    data.remove();
  });

  it('takes the token out of the address', async () => {
    await page.getByRole('button', { name: 'Quick look' }).first().waitFor();
    expect(page.url()).not.toContain('token=');
  });

  it('measures this machine and shows what it found', async () => {
    await page.getByRole('button', { name: 'Quick look' }).first().click();
    await page
      .getByRole('heading', { name: /memory/i })
      .first()
      .waitFor({ timeout: 60_000 });
    await page.screenshot({ path: 'test/screenshots/browser-machine.png', fullPage: true });
    const text = await page.locator('body').innerText();
    expect(text).toMatch(/\d+(\.\d+)? GiB/);
    expect(text).toMatch(/\d+(\.\d+)? GB\/s/);
  });
});

import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { ElectronApplication, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openDesktop } from '../support/desktop';
import { canShowWindows, openDisplay } from '../support/display';
import { electronPath } from '../support/programs';
import { sparseModel } from '../support/sparse-model';
import { temporaryFolder } from '../support/temporary';
import { steps } from '../support/window-steps';

const ready = electronPath() !== null && canShowWindows();

describe.skipIf(!ready)('the desktop window (needs Electron and a display)', () => {
  const data = temporaryFolder();
  let display: Awaited<ReturnType<typeof openDisplay>>;
  let app: ElectronApplication;
  let page: Page;
  let user: ReturnType<typeof steps>;

  beforeAll(async () => {
    display = await openDisplay();
    app = await openDesktop(display.name, data.path);
    page = await app.firstWindow();
    user = steps(page, 'desktop');
    await page
      .getByRole('button', { name: /quick look/i })
      .first()
      .waitFor();
  });

  afterAll(async () => {
    await app?.close();
    display?.close();
    data.remove();
  });

  it('gives the page no Node and no way out', async () => {
    const powers = await page.evaluate(() => ({
      require: typeof Reflect.get(globalThis, 'require'),
      process: typeof Reflect.get(globalThis, 'process'),
      bridge: Object.keys(Reflect.get(globalThis, 'plimsoll') as object).sort(),
      opened: window.open('https://example.org') === null,
    }));
    expect(powers).toEqual({
      require: 'undefined',
      process: 'undefined',
      bridge: ['call', 'on', 'pathOf'],
      opened: true,
    });
  });

  it('measures this machine', async () => {
    await user.takeQuickLook();
    await user.screenshot('machine');
    const stored = JSON.parse(readFileSync(join(data.path, 'profile.json'), 'utf8')) as Profile;
    expect(stored.hardware.memory.ram_total_gib).toBeGreaterThan(0);
    await expect.poll(() => page.locator('main').innerText()).toContain('GiB');
  });

  it('plans a model file chosen in the dialog', async () => {
    const path = sparseModel('llama-3.1-8b', data.path);
    await app.evaluate(({ dialog }, chosen) => {
      dialog.showOpenDialog = async () => ({ canceled: false, filePaths: [chosen] });
    }, path);
    await user.openPlan();
    await page.getByRole('button', { name: /open gguf/i }).click();
    expect(await user.verdict()).toMatch(/ship|refuse/i);
    expect(await user.flags()).toContain(path);
    await user.screenshot('plan');
  });

  it('exports the profile to a file', async () => {
    const target = join(data.path, 'exported.json');
    await app.evaluate(({ session }, path) => {
      session.defaultSession.on('will-download', (_event, item) => item.setSavePath(path));
    }, target);
    await page.getByRole('link', { name: 'Machine' }).click();
    await page.getByRole('button', { name: /export/i }).click();
    await page.getByRole('menuitem').first().click();
    await expect.poll(() => exportedVersion(target), { timeout: 10_000 }).toBe('1.0.0');
  });

  it('stays where it is when a page wants to go elsewhere', async () => {
    await page.evaluate(() => window.location.assign('https://example.org'));
    await new Promise((resolve) => setTimeout(resolve, 500));
    const urls = await app.evaluate(({ webContents }) =>
      webContents.getAllWebContents().map((one) => one.getURL()),
    );
    expect(urls.filter((url) => !url.startsWith('app://plimsoll/') && !url.startsWith('devtools:'))).toEqual(
      [],
    );
    expect(urls.some((url) => url.startsWith('app://plimsoll/'))).toBe(true);
  });

  it('opens one window only, and closes', async () => {
    expect(app.windows()).toHaveLength(1);
    const closed = app.waitForEvent('close');
    await app.close();
    await closed;
  });
});

interface Profile {
  readonly schema_version: string;
  readonly hardware: { readonly memory: { readonly ram_total_gib: number | null } };
}

function exportedVersion(path: string): string | null {
  try {
    return (JSON.parse(readFileSync(path, 'utf8')) as Profile).schema_version;
  } catch {
    return null;
  }
}

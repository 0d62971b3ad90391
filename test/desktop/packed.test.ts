import { spawn, spawnSync, type ChildProcess } from 'node:child_process';
import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { chromium, type Browser, type Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { canShowWindows, openDisplay } from '../support/display';
import { sparseModel } from '../support/sparse-model';
import { temporaryFolder } from '../support/temporary';
import { steps } from '../support/window-steps';

/** Packing needs a runtime that is already here: electron-builder would download one otherwise. */
const runtime = process.env['ELECTRON_OVERRIDE_DIST_PATH'];
const ready =
  process.platform === 'linux' && runtime !== undefined && existsSync(runtime) && canShowWindows();

describe.skipIf(!ready)('the packed app (needs ELECTRON_OVERRIDE_DIST_PATH and a display)', () => {
  const data = temporaryFolder();
  let display: Awaited<ReturnType<typeof openDisplay>>;
  let app: ChildProcess;
  let browser: Browser;
  let page: Page;

  beforeAll(async () => {
    const packed = spawnSync(process.execPath, ['scripts/pack.mjs'], { encoding: 'utf8' });
    if (packed.status !== 0) throw new Error(`npm run pack failed: ${packed.stdout}${packed.stderr}`);
    display = await openDisplay();
    app = start(display.name);
    browser = await chromium.connectOverCDP(await pageIsThere(await debuggingAddress(app)), {
      noDefaults: true,
    });
    page = await firstPage(browser);
  }, 300_000);

  afterAll(async () => {
    await browser?.close();
    app?.kill();
    display?.close();
    data.remove();
  });

  it('keeps its native modules beside the archive', () => {
    const unpacked = join(appFolder(), 'resources', 'app.asar.unpacked');
    const files = readdirSync(unpacked, { recursive: true }) as string[];
    expect(files.some((file) => file.endsWith('.node'))).toBe(true);
    expect(files.some((file) => file.endsWith('memory-reader.cjs'))).toBe(true);
    expect(files.some((file) => file.endsWith('gpu-prober.cjs'))).toBe(true);
  });

  it('does not run as plain Node', () => {
    const result = spawnSync(executable(), ['--no-sandbox', '-e', 'console.log("ran as node")'], {
      env: { ...process.env, ELECTRON_RUN_AS_NODE: '1', DISPLAY: ':none' },
      encoding: 'utf8',
      timeout: 20_000,
    });
    expect(result.stdout).not.toContain('ran as node');
  });

  it('measures and plans a model', async () => {
    const user = steps(page, 'packed');
    await user.takeQuickLook();
    await user.openPlan();
    await user.openPath(sparseModel('llama-3.1-8b', data.path));
    expect(await user.verdict()).toMatch(/ship|refuse/i);
    await user.screenshot('plan');
  });

  function start(displayName: string): ChildProcess {
    const flags = ['--no-sandbox', '--disable-gpu', '--remote-debugging-port=0'];
    return spawn(executable(), flags, {
      env: { ...process.env, DISPLAY: displayName, PLIMSOLL_DATA_DIR: data.path },
      stdio: ['ignore', 'ignore', 'pipe'],
    });
  }
});

function appFolder(): string {
  const folder = readdirSync('dist').find((name) => name.endsWith('-unpacked'));
  if (folder === undefined) throw new Error('npm run pack left no unpacked app in dist/');
  return join('dist', folder);
}

function executable(): string {
  return join(appFolder(), 'plimsoll');
}

async function debuggingAddress(app: ChildProcess): Promise<string> {
  return new Promise((resolve, reject) => {
    let output = '';
    const timer = setTimeout(
      () => reject(new Error(`the packed app opened no debugging port: ${output}`)),
      60_000,
    );
    app.stderr!.on('data', (chunk: Buffer) => {
      output += chunk.toString('utf8');
      const found = /ws:\/\/127\.0\.0\.1:(\d+)\//.exec(output);
      if (found === null) return;
      clearTimeout(timer);
      resolve(`http://127.0.0.1:${found[1]}`);
    });
  });
}

/** The port opens before the window does, and a connection made in between hears of no page. */
async function pageIsThere(address: string): Promise<string> {
  for (let tries = 0; tries < 120; tries += 1) {
    const urls = await pageAddresses(address);
    if (urls.some((url) => url.startsWith('app:'))) return address;
    await new Promise((resolve) => setTimeout(resolve, 500));
  }
  throw new Error('the packed app opened no window');
}

async function pageAddresses(address: string): Promise<string[]> {
  const response = await fetch(`${address}/json/list`);
  return ((await response.json()) as { url: string }[]).map((target) => target.url);
}

async function firstPage(browser: Browser): Promise<Page> {
  const context = browser.contexts()[0]!;
  return context.pages()[0] ?? (await context.waitForEvent('page'));
}

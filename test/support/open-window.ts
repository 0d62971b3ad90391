import { chromium, type Page } from 'playwright-core';
import { chromiumPath } from './programs';
import { serve } from './served';
import { temporaryFolder } from './temporary';
import { steps } from './window-steps';

/** The window in Chromium, on a server and a data folder of its own. */
export interface OpenWindow {
  readonly page: Page;
  readonly user: ReturnType<typeof steps>;
  /** The data folder. */
  readonly data: string;
  /** Errors that the page threw or logged. */
  readonly problems: readonly string[];
  close(): Promise<void>;
}

interface Options {
  /** What screenshots are called by. */
  readonly shots?: string;
  /** Puts files into the data folder before the server starts. */
  readonly prepare?: (dataFolder: string) => void;
}

export const chromiumIsMissing = chromiumPath() === null;

const quiet = [
  '--no-sandbox',
  '--disable-gpu',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
];

/** Opens the served window at its first view. */
export async function openWindow({
  shots = 'browser',
  prepare = () => undefined,
}: Options = {}): Promise<OpenWindow> {
  const data = temporaryFolder();
  prepare(data.path);
  const served = await serve(data.path);
  const browser = await chromium.launch({ executablePath: chromiumPath()!, args: quiet });
  const context = await browser.newContext({
    viewport: { width: 1280, height: 900 },
    permissions: ['clipboard-read', 'clipboard-write'],
  });
  const page = await context.newPage();
  const problems: string[] = [];
  page.on('pageerror', (error) => problems.push(error.message));
  page.on('console', (message) => message.type() === 'error' && problems.push(message.text()));
  await page.goto(served.address);
  return {
    page,
    user: steps(page, shots),
    data: data.path,
    problems,
    async close() {
      await browser.close();
      await served.stop();
      data.remove();
    },
  };
}

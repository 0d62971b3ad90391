import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { programOnPath } from './programs';

/** Whether a window can be opened, on a real display or a virtual one. */
export function canShowWindows(): boolean {
  return Boolean(process.env['DISPLAY']) || programOnPath('Xvfb') !== null;
}

/** A display for the windows of a test: the one there is, else a virtual one of 1280 × 900. */
export async function openDisplay(): Promise<{ readonly name: string; close(): void }> {
  const present = process.env['DISPLAY'];
  if (present) return { name: present, close: () => undefined };
  const server = spawn('Xvfb', ['-displayfd', '1', '-screen', '0', '1280x900x24', '-nolisten', 'tcp'], {
    stdio: ['ignore', 'pipe', 'ignore'],
  });
  return { name: `:${await displayNumber(server)}`, close: () => void server.kill() };
}

async function displayNumber(server: ChildProcess): Promise<string> {
  const [first] = (await once(server.stdout!, 'data')) as [Buffer];
  return first.toString('utf8').trim();
}

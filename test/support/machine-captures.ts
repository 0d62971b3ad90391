import { readFileSync } from 'node:fs';

/** The text of a captured or constructed file of a machine (test/fixtures/machine). */
export function machineCapture(name: string): string {
  return readFileSync(new URL(`../fixtures/machine/${name}`, import.meta.url), 'utf8');
}

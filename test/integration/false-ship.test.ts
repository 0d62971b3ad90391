import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Held, holdShip } from '../support/hold-ships';
import { programOnPath } from '../support/programs';
import { shipCases } from '../support/ship-cases';
import { type StandIns, startStandIns } from '../support/stand-ins';

const missing = ['llama-fit-params', 'llama-server', 'ggml-rpc-server'].filter(
  (name) => programOnPath(name) === null,
);
if (missing.length > 0)
  console.warn(`skipped: plans held against dry runs (${missing.join(', ')} not on PATH)`);

/** `npm run bench false-ship` holds all 500. */
const CASES = Number(process.env['PLIMSOLL_SHIP_CASES'] ?? 14);
const folder = mkdtempSync(join(tmpdir(), 'plimsoll-ships-'));
let standIns: StandIns;

beforeAll(async () => {
  if (missing.length === 0) standIns = await startStandIns(2);
});
afterAll(() => {
  standIns?.stop();
  rmSync(folder, { recursive: true, force: true });
});

describe.skipIf(missing.length > 0)(
  "a plan that ships, held against llama.cpp's dry run of its flags",
  () => {
    it(`allots on every device at least what that says, within the budget, in ${CASES} cases`, async () => {
      const held: Held[] = [];
      for (const one of shipCases(CASES, 20_261_121, 2)) {
        const result = await holdShip(one, standIns, folder);
        held.push(result);
        if (result.kind !== 'ship') continue;
        const what = `case ${one.position}, ${one.model.name} ${one.model.quant}`;
        const { under, below, over } = result;
        expect({ what, under, below, over }).toEqual({ what, under: [], below: [], over: [] });
      }
      expect(held.filter(({ kind }) => kind === 'ship').length).toBeGreaterThan(CASES / 4);
    });
  },
);

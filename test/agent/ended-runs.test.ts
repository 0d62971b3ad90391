import { cpSync, existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { observeReceipt } from '../../src/core/calibration/observe-receipt';
import { receiptsInBundle } from '../../src/core/receipt/receipt-bundle';
import { withLock } from '../../src/host/store/with-lock';
import { temporaryFolder } from '../support/temporary';

const fixtures = 'test/fixtures/receipts';
const { receipts, refused } = receiptsInBundle(readFileSync(`${fixtures}/watchdog.jsonl`, 'utf8'));

describe('real runs that the watchdog ended', () => {
  it('are kept and marked with the limit, and taught nothing', () => {
    expect(refused).toEqual([]);
    // One while its model loaded, one with the speeds that were measured until then.
    expect(receipts.map(({ speeds }) => speeds.length)).toEqual([0, 2]);
    for (const receipt of receipts) {
      expect(receipt).toMatchObject({
        stopped_by: { code: 'available-memory' },
        disturbed: true,
        stayed_within_envelope: false,
      });
      expect(receipt.disturbances.map(({ code }) => code)).toContain('available-memory');
      expect(receipt.safety_samples).toBeGreaterThan(0);
      expect(observeReceipt(receipt)).toMatchObject({
        kind: 'left-out',
        reason: expect.stringMatching(/^The watchdog ended/) as string,
      });
    }
  });
});

describe('a data folder whose agent was killed in the midst of a trial', () => {
  let folder: ReturnType<typeof temporaryFolder>;
  beforeEach(() => {
    folder = temporaryFolder();
  });
  afterEach(() => folder.remove());

  it('has its lock taken over by the next, which leaves nothing of it', async () => {
    cpSync(`${fixtures}/killed-agent`, folder.path, { recursive: true });
    mkdirSync(join(folder.path, 'measuring.lock'));
    const path = join(folder.path, 'measuring.lock-owner');
    // It was killed on this machine: an owner elsewhere cannot be asked whether it lives.
    const left = JSON.parse(readFileSync(path, 'utf8')) as { pid: number; host: string };
    writeFileSync(path, JSON.stringify({ ...left, pid: 2 ** 30, host: hostname() }));
    const { signal } = new AbortController();
    const ran = await withLock(join(folder.path, 'measuring'), signal, async () => existsSync(path));
    expect(ran).toBe(true);
    expect(readdirSync(folder.path)).toEqual([]);
  });
});

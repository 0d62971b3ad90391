import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { pidsIn, receiptIn, trialPlace } from '../support/trials';

let place: ReturnType<typeof trialPlace>;
beforeEach(() => {
  place = trialPlace();
});
afterEach(async () => {
  await place.cancelAll();
  place.remove();
});

/** A llama-bench that is as fast as its model is small, and notes which file it was given. */
function bench(note: string): string {
  return place.program(
    'llama-bench',
    [
      'while [ $# -gt 0 ]; do case $1 in -m) m=$2;; -d) d=$2;; -n) n=$2;; -p) p=$2;; esac; shift; done',
      `ls "$m" >> ${note}`,
      'bytes=$(wc -c < "$m")',
      'row() { echo "{\\"build_commit\\":\\"x\\",\\"build_number\\":1,\\"backends\\":\\"CPU\\",\\"n_batch\\":512,\\"n_ubatch\\":512,\\"n_threads\\":2,\\"type_k\\":\\"f16\\",\\"type_v\\":\\"f16\\",\\"n_gpu_layers\\":0,\\"split_mode\\":\\"layer\\",\\"n_prompt\\":$1,\\"n_gen\\":$2,\\"n_depth\\":$d,\\"samples_ts\\":[$3]}"; }',
      'speed=$((1000000000 / bytes))',
      'row 0 $n $speed; row $p 0 $speed',
    ].join('\n'),
  );
}

function left(): readonly string[] {
  try {
    return readdirSync(join(place.data, 'ballast'));
  } catch {
    return [];
  }
}

describe.skipIf(process.platform === 'win32')('a trial of a stand-in', () => {
  it('writes it, runs it and removes it, and the receipt says so', async () => {
    const note = join(place.folder, 'note');
    const answer = await place.trial({ runtime: bench(note), ballast: {}, starts: 2, depth: 0 });
    const receipt = receiptIn(answer);
    expect(readFileSync(note, 'utf8')).toMatch(/trial-\d+-[0-9a-f]{8}\.gguf/);
    expect(receipt.model).toMatchObject({ ballast: true, name: 'tiny' });
    // more where other programs ran meanwhile
    expect(receipt.starts.length).toBeGreaterThanOrEqual(2);
    expect(left()).toEqual([]);
  });

  it('of some layers measures them and half of them, and works the whole out', async () => {
    const note = join(place.folder, 'note');
    const input = { reference: 'qwen3-0.6b:Q4_K_M', runtime: bench(note), depth: 0 };
    const answer = await place.trial({ ...input, ballast: { layers: 4 } });
    const whole = receiptIn(answer);
    expect(whole.scaled).toMatchObject({ layers: [2, 4], of: 28 });
    expect(whole.memory).toEqual([]);
    expect(whole.measured_decode_tok_s).toBeGreaterThan(0);
    const parts = await Promise.all(
      whole.scaled!.receipts.map((id) => place.dispatcher.call('receipt.show', { id }, id)),
    );
    const names = parts.map(
      (part) => part.ok && (part.value as { receipt: { model: { name: string } } }).receipt.model.name,
    );
    expect(names).toEqual([expect.stringMatching(/2 of 28 layers/), expect.stringMatching(/4 of 28 layers/)]);
    expect(left()).toEqual([]);
  }, 30_000);

  it('runs parts and the whole in turns, and says how far off the parts were', async () => {
    const note = join(place.folder, 'note');
    const input = { reference: 'qwen3-0.6b:Q4_K_M', runtime: bench(note), depth: 0, starts: 2 };
    const answer = await place.trial({ ...input, ballast: { layers: 4, whole: true } });
    const { scaled, measured_decode_tok_s: worked } = receiptIn(answer);
    const files = readFileSync(note, 'utf8').trim().split('\n');
    expect(files.length).toBeGreaterThanOrEqual(6);
    expect(files.slice(3, 6)).toEqual(files.slice(0, 3));
    expect(new Set(files).size).toBe(3);
    const measured = scaled!.whole!.decode_tok_s.median;
    expect(scaled!.whole!.error_pct).toBeCloseTo((100 * (worked! - measured)) / measured, 6);
    expect(left()).toEqual([]);
  }, 60_000);

  it('leaves nothing where the runtime fails or is cancelled', async () => {
    const failing = place.program('llama-bench', 'exit 3');
    expect(await place.trial({ runtime: failing, ballast: {} })).toMatchObject({ ok: false });
    expect(left()).toEqual([]);
    const file = join(place.folder, 'pids');
    const slow = place.program('llama-bench', `echo $$ > ${file}\nsleep 60`);
    const answer = place.trial({ runtime: slow, ballast: {} });
    await pidsIn(file, 1);
    expect(left()).toHaveLength(1);
    await place.cancelAll();
    expect(await answer).toMatchObject({ ok: false, failure: { code: 'cancelled' } });
    expect(left()).toEqual([]);
  });

  it('sweeps what a trial left that was killed, and nothing else', async () => {
    const folder = join(place.data, 'ballast');
    mkdirSync(folder);
    // process ids end below this on every system
    for (const name of ['trial-99999999-0a1b2c3d.gguf', `trial-${process.pid}-0a1b2c3d.gguf`, 'mine.gguf']) {
      writeFileSync(join(folder, name), '');
    }
    await place.trial({ runtime: bench(join(place.folder, 'note')), depth: 0 });
    expect([...left()].sort()).toEqual(['mine.gguf', `trial-${process.pid}-0a1b2c3d.gguf`]);
  });
});

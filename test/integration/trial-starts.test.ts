import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { receiptIn, trialPlace } from '../support/trials';

const place = trialPlace();
afterAll(() => place.remove());

/** A llama-bench whose first `unsteady` starts decode at 10 and 40 tok/s, and later ones at 30 and 31. */
function bench(name: string, unsteady: number): string {
  const count = join(place.folder, `count-${name}`);
  return place.program(
    'llama-bench',
    [
      `echo x >> ${count}`,
      `if [ $(wc -l < ${count}) -le ${unsteady} ]; then speeds=10,40; else speeds=30,31; fi`,
      'row() { echo "{\\"build_commit\\":\\"x\\",\\"build_number\\":1,\\"backends\\":\\"CPU\\",\\"n_batch\\":512,\\"n_ubatch\\":512,\\"n_threads\\":2,\\"type_k\\":\\"f16\\",\\"type_v\\":\\"f16\\",\\"n_gpu_layers\\":0,\\"split_mode\\":\\"layer\\",\\"n_prompt\\":$1,\\"n_gen\\":$2,\\"n_depth\\":0,\\"samples_ts\\":[$3]}"; }',
      'row 0 8 $speeds; row 32 0 100',
    ].join('\n'),
  );
}

async function starts(name: string, unsteady: number, asked: number) {
  const fractions: number[] = [];
  const input = { runtime: bench(name, unsteady), starts: asked, depth: 0 };
  const answer = await place.trial(input, ({ fraction }) => fraction !== null && fractions.push(fraction));
  expect(fractions).toEqual([...fractions].sort((left, right) => left - right));
  expect(Math.max(...fractions)).toBeLessThanOrEqual(1);
  const receipt = receiptIn(answer);
  const busy =
    receipt.starts.some(({ fault }) => fault === 'busy') ||
    receipt.disturbances.some(({ code }) => code === 'busy-host');
  return { receipt, busy };
}

// a machine that others keep busy is measured as what it is: the starts then say so
describe.skipIf(process.platform === 'win32')('a start that was disturbed', () => {
  it('is taken once more, does not count, and is kept with its reason', async () => {
    const { receipt, busy } = await starts('one', 1, 2);
    if (busy) return;
    expect(receipt.starts.map(({ fault }) => fault)).toEqual(['unsteady', null, null]);
    expect(receipt.starts[0]!.speeds[0]!.tok_s).toMatchObject({ min: 10, max: 40 });
    expect(receipt.measured_decode_tok_s).toBe(30.5);
    expect(receipt.disturbed).toBe(false);
    expect(receipt.notes.join(' ')).toMatch(
      /1 of 3 starts does not count \(repetitions lay apart\)\. 1 start was added for it\./,
    );
  });

  it('is not taken more often than was asked for', async () => {
    const { receipt, busy } = await starts('all', 100, 2);
    if (busy) return;
    expect(receipt.starts.map(({ fault }) => fault)).toEqual(Array.from({ length: 4 }, () => 'unsteady'));
    expect(receipt.disturbances.map(({ code }) => code)).toEqual(['unsteady']);
    expect(receipt.notes.join(' ')).toMatch(/None of 4 starts was left in peace/);
  });

  it('costs nothing where all starts stood still', async () => {
    const { receipt, busy } = await starts('none', 0, 2);
    if (busy) return;
    expect(receipt.starts.map(({ fault }) => fault)).toEqual([null, null]);
  });
});

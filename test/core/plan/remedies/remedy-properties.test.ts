import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { planModel } from '../../../../src/core/plan/plan-model';
import { altered } from '../../../../src/core/plan/remedies/situation';
import { kvTypes, planRequestSchema, type Remedy } from '../../../../src/core/plan/schema';
import { profileWith } from '../profiles';
import { modelNamed } from '../truth-rows';

/** Milliseconds each; `PLIMSOLL_PROPERTY_RUNS=10000` for as many cases of each. */
const runs = { numRuns: Number(process.env['PLIMSOLL_PROPERTY_RUNS'] ?? 25), seed: 11 };

const model = fc
  .constantFrom('llama-3.1-8b', 'qwen3-30b-a3b', 'gpt-oss-20b', 'gemma-3-12b', 'llama-3.3-70b')
  .map(modelNamed);
const card = fc
  .record({ free: fc.integer({ min: 0, max: 30_000 }), held: fc.integer({ min: 0, max: 20_000 }) })
  .map(({ free, held }) => ({ vram_free_mib: free, vram_total_mib: free + held }));
const machine = fc.record({
  ramGib: fc.integer({ min: 1, max: 60 }),
  ramGbps: fc.option(fc.integer({ min: 1, max: 200 }), { freq: 6 }),
  gpus: fc.array(card, { maxLength: 2 }),
});
const request = fc
  .record({
    context: fc.option(fc.integer({ min: 1, max: 300_000 })),
    parallel: fc.integer({ min: 1, max: 8 }),
    kv_type_k: fc.constantFrom(...kvTypes),
    kv_type_v: fc.constantFrom(...kvTypes),
    flash_attention: fc.boolean(),
    gpu_layers: fc.option(fc.integer({ min: 0, max: 90 }), { freq: 2 }),
    floor_tok_s: fc.option(fc.double({ min: 0.1, max: 200, noNaN: true })),
    margin_mib: fc.constantFrom(0, 1024, 4096),
  })
  .map((parts) => planRequestSchema.parse(parts));

/** Whether everything that one remedy changes is changed alike by the other. */
function isPartOf(less: Remedy, more: Remedy): boolean {
  const all = changesOf(more);
  return [...changesOf(less)].every((change) => all.has(change));
}

function changesOf({ request: asked, memory, quant }: Remedy): ReadonlySet<string> {
  const changes = [...Object.entries(asked), ...memory, ...(quant === null ? [] : [quant])];
  return new Set(changes.map((change) => JSON.stringify(change)));
}

describe('a remedy', () => {
  it('ships when it is planned, is one of at most five, and no part of it is a remedy too', () => {
    fc.assert(
      fc.property(model, machine, request, (one, parts, asked) => {
        const situation = { model: one, profile: profileWith(parts), request: asked };
        const { verdict, remedies } = planModel(one, situation.profile, asked);
        expect(remedies.length).toBeLessThanOrEqual(verdict === 'refuse' ? 5 : 0);
        for (const remedy of remedies) {
          const changed = altered(situation, remedy)!;
          expect(planModel(changed.model, changed.profile, changed.request).verdict).toBe('ship');
        }
        for (const less of remedies) {
          expect(remedies.filter((more) => more !== less && isPartOf(less, more))).toEqual([]);
        }
        const keys = remedies.map((each) => JSON.stringify([each.request, each.memory, each.quant]));
        expect(new Set(keys).size).toBe(keys.length);
      }),
      runs,
    );
  });
});

import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { catalogModel } from '../../../../src/core/catalog/models';
import { modelFromConfig } from '../../../../src/core/model/config/model-from-config';
import { planModel } from '../../../../src/core/plan/plan-model';
import { altered, type Situation } from '../../../../src/core/plan/remedies/situation';
import {
  type Plan,
  type PlanRequest,
  planRequestSchema,
  type Remedy,
} from '../../../../src/core/plan/schema';
import { GIB, MIB } from '../../../../src/core/units';
import { profileWith } from '../profiles';
import { modelNamed } from '../truth-rows';

function situation(
  name: string,
  parts: Parameters<typeof profileWith>[0],
  request: Partial<PlanRequest> = {},
): Situation {
  return { model: modelNamed(name), profile: profileWith(parts), request: planRequestSchema.parse(request) };
}

function plan({ model, profile, request }: Situation): Plan {
  return planModel(model, profile, request);
}

function remediesOf(asked: Situation): readonly Remedy[] {
  const { verdict, remedies } = plan(asked);
  expect(verdict).toBe('refuse');
  return remedies;
}

function called(remedies: readonly Remedy[], code: string): Remedy {
  const found = remedies.find((remedy) => remedy.code === code);
  if (found === undefined)
    throw new Error(`${code} is not among ${remedies.map((each) => each.code).join(', ')}`);
  return found;
}

describe('the remedies of a refusal', () => {
  const short = situation('llama-3.1-8b', { ramGib: 8 }, { context: 131_072 });
  const cramped = situation('llama-3.1-8b', {
    ramGib: 4,
    gpus: [{ vram_free_mib: 4000, vram_total_mib: 12_000 }],
  });

  it('name the longest context that ships, in steps of a quarter of the halves', () => {
    const { request } = called(remediesOf(short), 'shorter-context');
    const context = request['context'] as number;
    const verdictAt = (tokens: number) =>
      plan({ ...short, request: { ...short.request, context: tokens } }).verdict;
    expect(verdictAt(context)).toBe('ship');
    expect(verdictAt(context * 1.5)).toBe('refuse');
  });

  it('say how much memory to add, and no more than a layer too much', () => {
    const { memory } = called(remediesOf(short), 'more-memory');
    const [{ device, bytes }] = memory as [Remedy['memory'][number]];
    expect(device).toBe('host');
    const less = altered(short, {
      request: {},
      memory: [{ device, bytes: bytes - 128 * MIB }],
      quant: null,
    })!;
    expect(plan(less).verdict).toBe('refuse');
  });

  it('say what other programs hold of a GPU, and how much of it would be enough', () => {
    const { memory, message } = called(remediesOf(cramped), 'free-gpu-memory');
    expect(message).toContain('other programs hold 7.81 GiB');
    expect(memory[0]!.bytes).toBeLessThan(4 * GIB);
  });

  it('offer no memory of a GPU that nobody holds', () => {
    const empty = situation('llama-3.1-8b', {
      ramGib: 4,
      gpus: [{ vram_free_mib: 4000, vram_total_mib: 4000 }],
    });
    expect(remediesOf(empty).map(({ code }) => code)).not.toContain('free-gpu-memory');
  });

  it('say what a smaller quantisation costs by a published table, with its source', () => {
    const { quant, quality, message } = called(remediesOf(cramped), 'smaller-quant');
    expect(quality!.source).toContain('tools/perplexity/README.md');
    expect(quality!.change_pct).toBeGreaterThan(0);
    expect(message).toContain(`Take the model in ${quant} instead of Q4_K_M: perplexity rises by`);
  });

  it('come cheapest first, and each with the speed that it would have', () => {
    const remedies = remediesOf(cramped);
    expect(remedies[0]!.code).toBe('free-gpu-memory');
    expect(remedies.length).toBeLessThanOrEqual(5);
    expect(remedies.every(({ verdict }) => verdict === 'ship')).toBe(true);
    expect(called(remedies, 'smaller-quant').decode_tok_s).toBeGreaterThan(1);
  });

  it('have no pair of which a half would be enough', () => {
    for (const asked of [
      short,
      cramped,
      situation('qwen3-30b-a3b', { ramGib: 8, gpus: [{ vram_free_mib: 8000 }] }),
    ]) {
      const remedies = remediesOf(asked);
      const singles = new Set(remedies.map(({ code }) => code).filter((code) => !code.includes('+')));
      for (const { code } of remedies) {
        if (code.includes('+')) expect(code.split('+').filter((half) => singles.has(half))).toEqual([]);
      }
    }
  });

  it('mend first what llama.cpp would not start with', () => {
    const asked = situation('llama-3.1-8b', { gpus: [{}] }, { kv_type_v: 'q8_0', flash_attention: false });
    expect(remediesOf(asked)[0]!.request).toEqual({ flash_attention: true });
  });

  it('say what floor would be reached with no more memory than is short', () => {
    const slow = situation('llama-3.3-70b', { ramGib: 24 }, { floor_tok_s: 2 });
    const { request, memory } = called(remediesOf(slow), 'more-memory+lower-floor');
    const missing = plan(slow).reasons.find(({ code }) => code === 'over-budget')!.bytes!;
    expect(memory[0]!.bytes).toBeGreaterThanOrEqual(missing);
    expect(memory[0]!.bytes - missing).toBeLessThan(64 * MIB);
    expect(plan(altered(slow, { request, memory, quant: null })!).verdict).toBe('ship');
  });

  it('mend what llama.cpp would not start with', () => {
    const rows = situation('phi-4', { ramGib: 64, gpus: [{}, {}] }, { split_mode: 'row' });
    expect(called(remediesOf(rows), 'layer-split').request).toEqual({ split_mode: 'layer' });
    const few = situation('phi-4', { ramGib: 64 }, { batch: 2, micro_batch: 2, parallel: 4 });
    expect(called(remediesOf(few), 'larger-batch').request).toEqual({ batch: 4 });
    const config: unknown = JSON.parse(
      readFileSync('test/fixtures/configs/kimi-linear-48b-a3b.json', 'utf8'),
    );
    const model = modelFromConfig(config, { name: 'kimi', locator: 'config.json', quant: 'Q4_K_M' });
    const three = { ...situation('phi-4', { ramGib: 64 }, { parallel: 3 }), model };
    expect(remediesOf(three)[0]!.request).toEqual({ micro_batch: 510 });
  });

  it('lower a floor to what the forecast reaches at best', () => {
    const asked = situation('llama-3.3-70b', { ramGib: 64, ramGbps: 5 }, { floor_tok_s: 5 });
    const { request } = called(remediesOf(asked), 'lower-floor');
    const { high_tok_s: high } = plan(asked).decode;
    expect(request['floor_tok_s']).toBeLessThanOrEqual(high!);
    expect(request['floor_tok_s']).toBeGreaterThan(high! * 0.8);
  });

  it('are none where nothing that may be changed would help', () => {
    const asked = situation('llama-3.3-70b', { ramGib: 1, gpus: [] }, { budgets_mib: { host: 100 } });
    expect(remediesOf(asked)).toEqual([]);
  });
});

describe('the next steps of a ship', () => {
  it('say what all of a model on the GPU would need', () => {
    const asked = situation('llama-3.1-8b', { gpus: [{ vram_free_mib: 4500, vram_total_mib: 24_000 }] });
    const made = plan(asked);
    const step = made.next_steps.find(({ code }) => code === 'all-on-gpu')!;
    const enough = altered(asked, { request: {}, memory: step.memory, quant: null })!;
    expect(plan(enough).placement.gpu_layers).toBe(33);
    expect(step.message).toContain('more on gpu0 all of it would lie on the GPU');
  });

  it('say what twice the context and a larger file would need, or that they fit', () => {
    const roomy = plan(situation('llama-3.1-8b', { gpus: [{}] }));
    expect(roomy.next_steps.map(({ code, memory }) => [code, memory])).toEqual([
      ['longer-context', []],
      ['larger-quant', []],
    ]);
    expect(roomy.next_steps[1]!.message).toContain('Q5_K_M');
  });

  it('are none for a refusal', () => {
    expect(plan(situation('llama-3.1-8b', { ramGib: 3 })).next_steps).toEqual([]);
  });
});

describe('a refusal that nothing mends', () => {
  const hopeless = {
    ...situation(
      'llama-3.1-8b',
      { ramGib: 20, ramGbps: 10 },
      { floor_tok_s: 5, budgets_mib: { host: 18 * 1024 } },
    ),
    model: catalogModel('llama-3.3-70b', null)!,
  };

  it('says so, names the change that comes nearest and what stands against it even then', () => {
    const { verdict, remedies, no_remedy: none } = plan(hopeless);
    expect([verdict, remedies]).toEqual(['refuse', []]);
    expect(none).toMatch(
      /^None of the \d+ changes that could be planned ships\. Nearest comes this: \S.* Even then: /,
    );
    expect(none).toMatch(/Even then: \S/);
  });

  it('is told apart from a request that contradicts itself, which a change of something else does not mend', () => {
    const contradicted = situation('llama-3.1-8b', {}, { budgets_mib: { gpu7: 3072 }, kv_type_k: 'q8_0' });
    const { verdict, remedies, no_remedy: none } = plan(contradicted);
    expect([verdict, remedies]).toEqual(['refuse', []]);
    expect(none).toContain('correct what is named above');
  });

  it('is silent where something ships', () => {
    expect(plan(situation('llama-3.1-8b', { ramGib: 8 }, { context: 131_072 })).no_remedy).toBeNull();
  });
});

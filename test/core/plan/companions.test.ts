import { describe, expect, it } from 'vitest';
import { exactDefaults, planExact } from '../../../src/core/exact/plan-exact';
import {
  draftedAssumption,
  draftedOutputs,
  noCompanions,
  type Projector,
} from '../../../src/core/plan/companions';
import { partsOf } from '../../../src/core/plan/memory';
import { planModel } from '../../../src/core/plan/plan-model';
import { planRequestSchema } from '../../../src/core/plan/schema';
import { MIB } from '../../../src/core/units';
import { gpuWith, profileWith } from './profiles';
import { modelNamed, settingsOfRow } from './truth-rows';

const main = modelNamed('llama-3.3-70b');
const draft = modelNamed('llama-3.1-8b');
const projector: Projector = {
  name: 'mmproj',
  path: '/m/mmproj.gguf',
  file_bytes: 900 * MIB,
  tensor_bytes: 800 * MIB,
  encoder: null,
};
const request = planRequestSchema.parse({ context: 8192, gpu_layers: 81 });
const card = profileWith({ gpus: [gpuWith({ vram_free_mib: 80_000 })], ramGib: 64 });

/** What a plan with these has beyond one without, by row. */
function added(companions: typeof noCompanions, profile = card, asked = request): readonly number[] {
  const without = planModel(main, profile, asked);
  const plan = planModel(main, profile, asked, companions);
  return plan.memory.map((row, position) => row.overhead_bytes! - without.memory[position]!.overhead_bytes!);
}

describe('an image projector', () => {
  it('takes 1.4 times its tensors on the device, or its file where they are not known', () => {
    expect(added({ projector, draft: null })).toEqual([1120 * MIB, 0]);
    expect(added({ projector: { ...projector, tensor_bytes: null }, draft: null })).toEqual([1260 * MIB, 0]);
  });

  it('lies on the host where there is no device', () => {
    const host = profileWith({ ramGib: 100 });
    expect(added({ projector, draft: null }, host, planRequestSchema.parse({}))).toEqual([1120 * MIB]);
  });

  it('is named among the flags and explained', () => {
    const plan = planModel(main, card, request, { projector, draft: null });
    expect(plan.commands[0]!.argv.join(' ')).toContain('--mmproj /m/mmproj.gguf');
    expect(plan.commands[1]!.argv).not.toContain('--mmproj');
    expect(plan.assumptions.find(({ name }) => name === 'image projector on gpu0')).toMatchObject({
      value: 1120,
      basis: 'assumed',
    });
  });
});

describe('a draft model', () => {
  it('brings weights, cache and buffers of its own, of the same functions as a model itself', () => {
    const row = {
      model: 'llama-3.1-8b',
      args: '-c 8192 -np 1',
      devices: [{ device: 'gpu0' }, { device: 'host' }],
    };
    const parts = partsOf(draft, settingsOfRow(row as never, 'llama-server'));
    const sum = ({ model, context, compute, output }: (typeof parts)['host']) =>
      model! + context! + compute! + output!;
    // three drafted tokens more a sequence, whose logits and states are computed on the device and read on the host
    const outputs = 3 * 4 * (main.vocabulary! + main.embedding_length!);
    expect(added({ projector: null, draft })).toEqual([
      sum(parts.device) + outputs,
      sum(parts.host) + outputs,
    ]);
  });

  it('widens the outputs of the model it drafts for by what is not known where the model does not say how wide it is', () => {
    const row = {
      model: main.name,
      args: '-c 8192 -np 1',
      devices: [{ device: 'gpu0' }, { device: 'host' }],
    };
    const settings = settingsOfRow(row as never, 'llama-server');
    const width = 4 * (main.vocabulary! + main.embedding_length!);
    expect(draftedOutputs(main, settings, 3)).toEqual([3 * width, 3 * width]);
    for (const unknown of [{ vocabulary: null }, { embedding_length: null }]) {
      const outputs = draftedOutputs({ ...main, ...unknown }, settings, 3);
      expect(outputs).toEqual([null, null]);
      expect(draftedAssumption(outputs, 3)).toMatchObject([{ value: null }]);
      expect(draftedOutputs({ ...main, ...unknown }, settings, 0)).toEqual([0, 0]);
    }
  });

  it('can turn a ship into a refusal', () => {
    const tight = profileWith({ gpus: [gpuWith({ vram_free_mib: 46_000 })], ramGib: 64 });
    expect(planModel(main, tight, request).verdict).toBe('ship');
    expect(planModel(main, tight, request, { projector: null, draft }).verdict).toBe('refuse');
  });

  it('leaves the memory of a model unknown whose own is not known', () => {
    const strange = { ...draft, layers: null };
    expect(planModel(main, card, request, { projector: null, draft: strange }).verdict).toBe('unknown');
  });
});

function judgeBeside(line: string, second = draft) {
  const companions = { ...noCompanions, draft: second };
  const argv = `-c 8192 -np 1 -ngl 99 ${line}`.split(' ');
  return planExact(main, card, argv, 'llama-server', { ...exactDefaults, companions });
}

function unusedDraft(line: string, second = draft): string | undefined {
  return judgeBeside(line, second).findings.find(({ code }) => code === 'draft-not-used')?.message;
}

describe('companions that would not do', () => {
  it('are refused as the model itself would be, in words of their own options', () => {
    const plan = judgeBeside('-fa off -md d --spec-type draft-simple -ctvd q8_0');
    expect(plan).toMatchObject({ verdict: 'refuse', reasons: [{ rule: 'value-cache-needs-fusing' }] });
    expect(plan.reasons[0]!.message).toContain('The draft model would not start');
    expect(plan.reasons[0]!.message).toContain('-ctvd f16');
    expect(judgeBeside('-fa on -md d --spec-type draft-simple -ctvd q8_0').verdict).toBe('ship');
  });

  it('draft nothing without a way of drafting, which is said and which a plan names', () => {
    expect(unusedDraft('-md d')).toContain('no way of drafting is named');
    expect(unusedDraft('-md d --spec-type draft-simple')).toBeUndefined();
    const { argv } = planModel(main, card, request, { projector: null, draft }).commands[0]!;
    expect(argv.join(' ')).toContain('--spec-type draft-simple');
  });

  it('draft nothing with another vocabulary, which is said', () => {
    const second = { ...draft, vocabulary: draft.vocabulary! + 129 };
    expect(unusedDraft('-md d --spec-type draft-simple', second)).toContain('128,385');
    const near = { ...draft, vocabulary: draft.vocabulary! + 128 };
    expect(unusedDraft('-md d --spec-type draft-simple', near)).toBeUndefined();
  });

  it('are refused where a projector belongs to another model', () => {
    const own = { ...projector, output_length: main.embedding_length };
    const other = { ...projector, output_length: 2560 };
    expect(planModel(main, card, request, { projector: own, draft: null }).verdict).toBe('ship');
    const plan = planModel(main, card, request, { projector: other, draft: null });
    expect(plan).toMatchObject({ verdict: 'refuse', reasons: [{ rule: 'projector-of-another-model' }] });
    expect(plan.remedies).toEqual([]);
    expect(plan.no_remedy).not.toBeNull();
  });
});

function judged(line: string) {
  const options = { ...exactDefaults, companions: { projector, draft } };
  return planExact(main, card, line.split(' '), 'llama-server', options);
}

function overhead(line: string): readonly number[] {
  return judged(line).memory.map((row) => row.overhead_bytes! / MIB);
}

describe('companions in exact arguments', () => {
  it('are counted as in a plan with the same flags', () => {
    const plan = planModel(main, card, request, { projector, draft });
    const again = judged(plan.commands[0]!.argv.join(' '));
    expect(again.memory).toEqual(plan.memory);
    expect(again.verdict).toBe(plan.verdict);
  });

  it('lie where their own options say', () => {
    const base = '-c 8192 -np 1 -cram 0 -ctxcp 0 -ngl 99 --mmproj p -md d';
    const [onDevice, onHost] = [overhead(base), overhead(`${base} --no-mmproj-offload -ngld 0`)];
    expect(onDevice[0]! - onHost[0]!).toBeGreaterThan(1120 + 4400);
    expect(onHost[1]! - onDevice[1]!).toBeGreaterThan(1120 + 4400);
  });
});

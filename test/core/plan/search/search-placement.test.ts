import { describe, expect, it } from 'vitest';
import { shortenModel } from '../../../../src/core/ballast/shorten-model';
import { assembleModel } from '../../../../src/core/model/assemble-model';
import { planExact } from '../../../../src/core/exact/plan-exact';
import type { Model } from '../../../../src/core/model/schema';
import { budgetsOf } from '../../../../src/core/plan/budgets';
import { noCompanions } from '../../../../src/core/plan/companions';
import { type Question, weigh } from '../../../../src/core/plan/placement';
import { planModel } from '../../../../src/core/plan/plan-model';
import { type Plan, planRequestSchema } from '../../../../src/core/plan/schema';
import { searchPlacement } from '../../../../src/core/plan/search/search-placement';
import { valuerOf } from '../../../../src/core/plan/search/value';
import type { Profile } from '../../../../src/core/profile/schema';
import { profileWith } from '../profiles';
import { modelNamed } from '../truth-rows';

const unlike = [
  { vram_free_mib: 23_000, vram_bw_gbps: 920 },
  { vram_free_mib: 15_500, vram_bw_gbps: 270, name: 'NVIDIA GeForce RTX 4060 Ti' },
];

function plan(name: string, profile: Profile, request: object = {}): Plan {
  return planModel(modelNamed(name), profile, planRequestSchema.parse(request));
}

function questionOf(model: Model, profile: Profile, request: object = {}): Question {
  const asked = planRequestSchema.parse({ offload_cache: true, ...request });
  const budgets = budgetsOf(profile, asked);
  return { model, profile, request: asked, budgets, companions: noCompanions, calibration: null };
}

function cut(model: Model, layers: number): Model {
  const facts = {
    ...shortenModel(model, layers),
    name: model.name,
    source: model.source,
    quant: model.quant,
  };
  return assembleModel({ ...facts, fileBytes: null, findings: [] });
}

function bytesOf({ memory }: Plan): string[] {
  return memory.map(({ device, total_bytes }) => `${device} ${total_bytes}`);
}

function unused({ findings }: Plan): string[] {
  return findings.filter(({ code }) => code === 'gpu-not-used').map(({ message }) => message);
}

/** The fastest of all placements on up to two devices, in every order, with every split. */
function exhaustive(question: Question): number {
  const { model, budgets } = question;
  const blocks = model.block_count!;
  const valuer = valuerOf(question);
  const mixture = model.experts !== null;
  const devices = budgets.devices.map(({ name, bytes }) => ({ name, freeBytes: bytes }));
  const orders = [[], ...devices.map((device) => [device]), devices, [...devices].reverse()];
  let best = 0;
  for (const order of orders) {
    for (let layers = 0; layers <= (order.length === 0 ? 0 : blocks + 1); layers++) {
      for (let first = order.length < 2 ? layers : 0; first <= layers; first++) {
        for (let moved = 0; moved <= (mixture ? blocks : 0); moved++) {
          const tensorSplit = order.length < 2 ? null : [first, layers - first];
          if (tensorSplit !== null && tensorSplit.includes(0)) continue;
          const placing = { devices: order, gpuLayers: layers, cpuMoeLayers: moved, tensorSplit };
          if ((weigh(question, placing, 'none').short ?? 1) > 0) continue;
          const candidate = weigh(question, placing);
          if (candidate.short === 0) best = Math.max(best, valuer.rate(candidate.settings, 0, null));
        }
      }
    }
  }
  return best;
}

describe('the search for a placement', () => {
  it.each([
    ['llama-3.1-8b', 7, [2600, 2200]],
    ['llama-3.1-8b', 7, [1500, 2900]],
    ['qwen3-30b-a3b', 6, [2500, 1700]],
    ['qwen3-30b-a3b', 6, [1600, 2400]],
    ['qwen3-next-80b-a3b', 6, [3300, 2000]],
  ] as const)(
    'finds for %s cut to %d layers what trying everything finds, or all but',
    (name, layers, vram) => {
      const model = cut(modelNamed(name), layers);
      const gpus = unlike.map((gpu, at) => ({ ...gpu, vram_free_mib: vram[at]!, context_overhead_mib: 200 }));
      const question = questionOf(model, profileWith({ gpus }), { margin_mib: 0 });
      const found = searchPlacement(question);
      const rate = valuerOf(question).rate(found.candidate.settings, 0, null);
      expect(found.candidate.short).toBe(0);
      expect(rate / exhaustive(question)).toBeGreaterThan(0.99);
    },
  );

  it('puts a model that one card holds on the fastest card alone', () => {
    const made = plan('llama-3.1-8b', profileWith({ gpus: [...unlike].reverse() }));
    expect(made.placement.devices).toEqual([{ device: 'gpu1', layers: 33 }]);
    expect(made.findings.map(({ code }) => code)).toContain('gpu-not-used');
  });

  it('uses the first of equal cards, and names the idle ones once', () => {
    const equal = profileWith({ gpus: Array.from({ length: 8 }, () => ({})) });
    const one = plan('llama-3.1-8b', equal);
    expect(one.placement.devices).toEqual([{ device: 'gpu0', layers: 33 }]);
    expect(one.flags).toContain('-dev CUDA0 ');
    expect(one.search!.kinds[0]!.best!.flags).toContain('-dev gpu0');
    expect(unused(one)).toEqual([
      'gpu1 to gpu7 (NVIDIA GeForce RTX 4090) are not used: nothing is gained for what the plan is to be best at.',
    ]);
    const several = plan('llama-3.3-70b', equal);
    expect(several.placement.devices.map(({ device }) => device)).toEqual(['gpu0', 'gpu1']);
    expect(unused(several)).toEqual([expect.stringContaining('gpu2 to gpu7')]);
    for (const request of [{ split_mode: 'none' }, { objective: 'least-vram', floor_tok_s: 50 }])
      expect(plan('llama-3.1-8b', equal, request).placement.devices[0]!.device).toBe('gpu0');
  });

  it('passes over a card that is not equal to the ones beside it, and says of each what it is', () => {
    const mixed = [{ vram_free_mib: 9000 }, {}, {}, { name: 'NVIDIA L4', vram_bw_gbps: 300 }];
    const made = plan('llama-3.1-8b', profileWith({ gpus: mixed }), { context: 32_768 });
    expect(made.placement.devices.map(({ device }) => device)).toEqual(['gpu1']);
    expect(unused(made)).toEqual([
      expect.stringMatching(
        /^gpu0 and gpu2 \(NVIDIA GeForce RTX 4090\) and gpu3 \(NVIDIA L4\) are not used:/u,
      ),
    ]);
    expect(made.findings.find(({ code }) => code === 'gpu-not-used')!.remedy).toContain(
      '--device gpu0,gpu2,gpu3',
    );
  });

  it.each([
    ['qwen3-30b-a3b', [5000, 5000]],
    ['qwen3-next-80b-a3b', [11_000, 11_000, 23_000, 11_000]],
    ['llama-3.3-70b', [7000, 7000, 7000, 7000, 7000, 7000, 7000, 7000]],
  ])('gives flags for equal cards that are judged as the plan was: %s on %j MiB', (name, vram) => {
    const gpus = vram.map((vram_free_mib) => ({ vram_free_mib }));
    const profile = profileWith({ ramGib: 60, gpus });
    const made = plan(name, profile);
    const judged = planExact(modelNamed(name), profile, made.commands[0]!.argv.slice(2), 'llama-server');
    expect([made.verdict, judged.verdict]).toEqual(['ship', 'ship']);
    expect(bytesOf(judged)).toEqual(bytesOf(made));
    expect(judged.decode.forecast_tok_s).toBeCloseTo(made.decode.forecast_tok_s!, 9);
  });

  it('fills equal cards in an order that somebody names', () => {
    const equal = profileWith({ gpus: [{}, {}] });
    const made = plan('llama-3.3-70b', equal, { devices: ['gpu1', 'gpu0'] });
    expect(made.flags).toContain("-dev 'CUDA1,CUDA0' ");
  });

  it('splits a model that needs both cards, fills the faster one and writes the shares for each tool', () => {
    const made = plan('llama-3.3-70b', profileWith({ ramGib: 100, gpus: unlike }));
    const { devices, tensor_split } = made.placement;
    expect(made.verdict).toBe('ship');
    expect(tensor_split).toEqual(devices.map(({ layers }) => layers));
    const fast = made.memory.find(({ device }) => device === 'gpu0')!;
    expect(fast.total_bytes! / fast.budget_bytes!).toBeGreaterThan(0.95);
    const names = devices.map(({ device }) => device.replace('gpu', 'CUDA'));
    expect(made.commands[0]!.argv.join(' ')).toContain(
      `-dev ${names.join(',')} -sm layer -ts ${tensor_split!.join(',')} -mg 0`,
    );
    expect(made.commands[1]!.argv.join(' ')).toContain(
      `-dev ${names.join('/')} -sm layer -ts ${tensor_split!.join('/')} -mg 0`,
    );
  });

  it('uses eight unlike cards, each within its budget', () => {
    const gpus = [7000, 11_000, 5000, 15_000, 7900, 6100, 11_000, 9000].map((vram_free_mib, at) => ({
      vram_free_mib,
      vram_bw_gbps: 200 + 90 * ((at * 3) % 8),
    }));
    const made = plan('llama-3.3-70b', profileWith({ ramGib: 30, gpus }));
    expect(made.verdict).toBe('ship');
    expect(made.memory.length).toBeGreaterThan(6);
    for (const row of made.memory) expect(row.total_bytes!).toBeLessThanOrEqual(row.budget_bytes!);
  });

  it('says what was tried, and why this won', () => {
    const { search } = plan('qwen3-30b-a3b', profileWith({ gpus: [{ vram_free_mib: 12_000 }] }));
    expect(search!.chosen).toBe('experts-on-host');
    expect(search!.why).toContain('fastest decoding');
    expect(search!.kinds.map(({ kind }) => kind)).toContain('host-only');
    const chosen = search!.kinds.find(({ kind }) => kind === 'experts-on-host')!;
    expect(chosen.best!.short_bytes).toBe(0);
    expect(chosen.weighed).toBeGreaterThan(0);
  });

  it('orders by what lies on the GPU, and shows no figure, where bandwidths were not measured', () => {
    const profile = profileWith({ ramGbps: null, gpus: [{ vram_free_mib: 12_000, vram_bw_gbps: null }] });
    const made = plan('llama-3.3-70b', profile);
    expect(made.placement.gpu_layers).toBeGreaterThan(10);
    expect(made.search!.why).toContain('not all measured');
    expect(made.search!.kinds.every(({ best }) => (best?.decode_tok_s ?? null) === null)).toBe(true);
  });
});

describe('an objective', () => {
  const profile = profileWith({ ramGib: 100, gpus: [{ vram_free_mib: 12_000 }] });

  it('longest-context takes the most tokens that are still fast enough when full', () => {
    const asked = { objective: 'longest-context', floor_tok_s: 10 };
    const made = plan('qwen3-30b-a3b', profile, asked);
    const { context } = made.placement;
    expect(context).toBeGreaterThan(8192);
    expect(made.decode_at_context!.forecast_tok_s).toBeGreaterThanOrEqual(10);
    const fixed = { context, floor_tok_s: 10 };
    expect(plan('qwen3-30b-a3b', profile, fixed).verdict).toBe('ship');
  });

  it('least-vram takes no more of the GPU than the floor needs', () => {
    const quick = plan('llama-3.1-8b', profile);
    const floor = quick.decode.forecast_tok_s! / 3;
    const made = plan('llama-3.1-8b', profile, { objective: 'least-vram', floor_tok_s: floor });
    expect(made.decode.forecast_tok_s).toBeGreaterThanOrEqual(floor);
    expect(made.memory[0]!.total_bytes).toBeLessThan(quick.memory[0]!.total_bytes!);
    const fewer = { gpu_layers: made.placement.gpu_layers - 1, floor_tok_s: floor };
    expect(plan('llama-3.1-8b', profile, fewer).decode.forecast_tok_s).toBeLessThan(floor);
    expect(plan('llama-3.1-8b', profile, { objective: 'least-vram', floor_tok_s: 0.1 }).flags).toContain(
      '-dev none',
    );
  });

  it('may trade the type of the cache for layers on the GPU only where asked to', () => {
    const asked = { context: 65_536, floor_tok_s: 0.1 };
    const plain = plan('llama-3.1-8b', profile, asked);
    const free = plan('llama-3.1-8b', profile, { ...asked, search_kv_types: ['q8_0', 'q4_0'] });
    expect(plain.placement.kv_type_k).toBe('f16');
    expect(free.placement.kv_type_k).not.toBe('f16');
    expect(free.decode.forecast_tok_s).toBeGreaterThan(plain.decode.forecast_tok_s!);
  });
});

function reserve(device: string | null, mib: number): object {
  return { reserves: [{ device, mib, what: 'another' }] };
}

describe('budgets', () => {
  const one = profileWith({ gpus: [{}] });
  const budgetOf = (request: object, device = 'gpu0') =>
    plan('llama-3.1-8b', one, request).memory.find((row) => row.device === device)!.budget_bytes! / 2 ** 20;

  it('hold back what is reserved on a device, everywhere, or beside an absolute budget', () => {
    expect(budgetOf({}) - budgetOf(reserve('gpu0', 2048))).toBe(2048);
    expect(budgetOf({}, 'host') - budgetOf(reserve('gpu0', 2048), 'host')).toBe(0);
    expect(budgetOf({}, 'host') - budgetOf(reserve(null, 100), 'host')).toBe(100);
    expect(budgetOf({ budgets_mib: { gpu0: 9000 }, ...reserve('gpu0', 1000) })).toBe(8000);
  });

  it('that reserves eat up are zero, not less, and refuse', () => {
    const made = plan('llama-3.1-8b', one, {
      budgets_mib: { host: 100 },
      reserves: [{ device: null, mib: 9e5, what: '' }],
    });
    expect(made.verdict).toBe('refuse');
    expect(made.memory.map(({ budget_bytes }) => budget_bytes)).toEqual(made.memory.map(() => 0));
  });
});

describe('pinned memory', () => {
  it('beyond what the machine can pin is a finding, no refusal', () => {
    const measured = profileWith({ gpus: [{}] });
    const memory = { ...measured.hardware.memory, pinnable_ceiling_gib: 0.001 };
    const profile = { ...measured, hardware: { ...measured.hardware, memory } };
    const made = plan('llama-3.1-8b', profile);
    expect(made.verdict).toBe('ship');
    expect(made.findings.map(({ code }) => code)).toContain('pinned-beyond-ceiling');
  });
});

describe('choices that contradict each other', () => {
  const two = profileWith({ gpus: unlike });
  it.each([
    [{ devices: ['gpu7'] }, 'gpu7 was named, and this machine has gpu0, gpu1.'],
    [{ devices: [], gpu_layers: 10 }, 'no GPU to put them on'],
    [{ tensor_split: [1, 2, 3] }, '3 shares for 2 devices'],
    [{ tensor_split: [0, 0] }, 'all zero'],
    [{ tensor_split: [1, 1], split_mode: 'none' }, 'contradicts'],
    [{ objective: 'longest-context', context: 4096 }, 'leave one of the two out'],
    [{ objective: 'shortest-turn', context: 1000, prompt_tokens: 900, answer_tokens: 900 }, 'does not fit'],
    [{ overrides: [{ pattern: 'blk(', device: 'host' }] }, 'not a regular expression'],
    [{ overrides: [{ pattern: 'blk', device: 'gpu1' }], devices: ['gpu0'] }, 'not among the devices'],
    [{ budgets_mib: { gpu3: 100 } }, 'gpu3 was named'],
  ] as const)('are refused with a sentence: %j', (request, sentence) => {
    const made = plan('llama-3.1-8b', two, request);
    expect(made.verdict).toBe('refuse');
    expect(made.reasons[0]!.code).toBe('unsupported-combination');
    expect(made.reasons.map(({ message }) => message).join(' ')).toContain(sentence);
  });

  it('keeps what the user fixed', () => {
    const request = { devices: ['gpu1', 'gpu0'], tensor_split: [1, 3], gpu_layers: 20, context: 2048 };
    const { placement } = plan('llama-3.1-8b', two, request);
    expect(placement).toMatchObject({ gpu_layers: 20, tensor_split: [1, 3], context: 2048 });
    expect(placement.devices).toEqual([
      { device: 'gpu1', layers: 5 },
      { device: 'gpu0', layers: 15 },
    ]);
  });
});

import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { planExact } from '../../../src/core/exact/plan-exact';
import { planModel } from '../../../src/core/plan/plan-model';
import { listedNames } from '../../../src/core/plan/listed-names';
import { type PlanRequest, planRequestSchema } from '../../../src/core/plan/schema';
import type { Gpu, Profile } from '../../../src/core/profile/schema';
import { parseListedDevices } from '../../../src/core/reading/listed-devices';
import { gpuWith, profileWith } from './profiles';
import { modelNamed } from './truth-rows';

function listed(name: string) {
  return parseListedDevices(readFileSync(`test/fixtures/listed-devices/${name}.txt`, 'utf8'))!;
}

const rtx4090 = { vendor: 'nvidia', name: 'NVIDIA GeForce RTX 4090', vram_total_mib: 24_564 };
const rtx3060 = { vendor: 'nvidia', name: 'NVIDIA GeForce RTX 3060', vram_total_mib: 12_288 };
const radeon = { vendor: 'amd', name: 'Radeon RX 7900 XTX', vram_total_mib: 24_560 };

function namesOf(cards: readonly Partial<Gpu>[], list: string): readonly (string | null)[] {
  return listedNames(cards.map(gpuWith), listed(list));
}

describe('cards by the list of a build', () => {
  it('that are alike are counted in the order of both', () => {
    expect(namesOf([rtx4090, rtx4090], 'cuda')).toEqual(['CUDA0', 'CUDA1']);
  });

  it('that two backends drive have the name of the first', () => {
    expect(namesOf([rtx4090], 'both')).toEqual(['CUDA0']);
  });

  it('of two makers are told apart where one backend drives both', () => {
    expect(namesOf([rtx3060, radeon], 'vulkan')).toEqual(['Vulkan1', 'Vulkan0']);
  });

  it('of nearly the same name are told apart where both are there', () => {
    const plain = 'NVIDIA GeForce RTX 4060';
    const vram_total_mib = 8188;
    const cards = [`${plain} Ti`, plain].map((name) => gpuWith({ name, vram_total_mib }));
    const both = [plain, `${plain} Ti`].map((description, position) => ({
      name: `CUDA${position}`,
      description,
      total_mib: 8188,
      free_mib: 8000,
    }));
    expect(listedNames(cards, both)).toEqual(['CUDA1', 'CUDA0']);
  });

  it('are known by the model name without what a driver adds', () => {
    expect(namesOf([{ vendor: 'intel', name: 'Intel Arc A770', vram_total_mib: 16_288 }], 'sycl')).toEqual([
      'SYCL0',
    ]);
  });

  it('whose driver calls them otherwise are told by maker and memory', () => {
    const other = { ...radeon, name: 'Navi 31 [Radeon RX 7900 XT/7900 XTX/7900M]' };
    expect(namesOf([other], 'rocm')).toEqual(['ROCm0']);
    expect(namesOf([{ ...other, vram_total_mib: 16_368 }], 'rocm')).toEqual([null]);
  });

  it('share the memory of the host, and then size does not matter', () => {
    const apple = { vendor: 'apple', name: 'Apple M3 Max', vram_total_mib: 131_072 };
    expect(namesOf([{ ...apple, memory_kind: 'unified' }], 'metal')).toEqual(['MTL0']);
  });

  it('that the build does not list have no name', () => {
    expect(namesOf([rtx4090], 'cpu')).toEqual([null]);
    expect(namesOf([rtx3060, radeon], 'cuda')).toEqual([null, null]);
    expect(namesOf([rtx4090, rtx4090, rtx4090], 'cuda')).toEqual(['CUDA0', 'CUDA1', null]);
  });

  it('are none of the servers elsewhere', () => {
    expect(namesOf([{ vendor: null, name: '127.0.0.1' }], 'rpc')).toEqual([null]);
  });
});

function machine(cards: readonly Partial<Gpu>[], list: string | null): Profile {
  const profile = profileWith({ gpus: cards });
  if (list === null) return profile;
  return { ...profile, runtime_devices: { program: '/opt/llama-server', devices: [...listed(list)] } };
}

const model = modelNamed('llama-3.1-8b');

function planned(profile: Profile, request: Partial<PlanRequest> = {}) {
  return planModel(model, profile, planRequestSchema.parse(request));
}

function codesWith(card: Partial<Gpu>): readonly string[] {
  return planned(machine([card], null)).findings.map(({ code }) => code);
}

function valueAfter(argv: readonly string[], flag: string): string | undefined {
  return argv[argv.indexOf(flag) + 1];
}

describe('a plan beside the list of a build', () => {
  it('names cards as the build does, in -dev and -ot and for llama-bench', () => {
    const overrides = [{ pattern: 'output_norm', device: 'gpu1' }];
    const plan = planned(machine([rtx3060, radeon], 'vulkan'), { devices: ['gpu1', 'gpu0'], overrides });
    const [server, bench] = plan.commands;
    expect(valueAfter(server!.argv, '-dev')).toBe('Vulkan0,Vulkan1');
    expect(valueAfter(server!.argv, '-ot')).toBe('output_norm=Vulkan0');
    expect(valueAfter(bench!.argv, '-dev')).toBe('Vulkan0/Vulkan1');
    expect(server!.env).toEqual({});
    expect(plan.assumptions).toContainEqual({
      name: 'name of gpu1',
      value: 'Vulkan0',
      unit: null,
      basis: 'read',
      source: '/opt/llama-server --list-devices',
    });
  });

  it('uses the cards of two makers that one build drives', () => {
    const cards = [
      { ...rtx3060, vram_free_mib: 11_600 },
      { ...radeon, vram_free_mib: 24_000 },
    ];
    const used = (list: string | null) => planned(machine(cards, list)).memory.map(({ device }) => device);
    expect(used('vulkan')).toContain('gpu1');
    expect(
      planned(machine(cards, 'vulkan'))
        .findings.map(({ message }) => message)
        .join(),
    ).not.toContain('one maker');
    expect(
      planned(machine(cards, null))
        .findings.map(({ message }) => message)
        .join(),
    ).toContain('one maker');
  });

  it('is judged again by its own flags with the same bytes', () => {
    const profile = machine([rtx3060, radeon], 'vulkan');
    const plan = planned(profile, { devices: ['gpu1', 'gpu0'] });
    const again = planExact(model, profile, plan.commands[0]!.argv, 'llama-server', {
      request: plan.request,
      companions: { projector: null, draft: null },
    });
    expect(again.memory).toEqual(plan.memory);
    expect(again.commands[0]).toEqual(plan.commands[0]);
  });

  it.each([
    [['gpu1', 'gpu0'], 'ROCm0,CUDA0', true],
    [['gpu0', 'gpu1'], 'CUDA0,ROCm0', true],
    [['gpu1'], 'ROCm0', false],
    [['gpu0'], 'CUDA0', true],
  ])(
    'counts CUDA cards in PCI order wherever one of %j is one, and so judged again',
    (devices, names, cuda) => {
      const profile = machine([rtx3060, radeon], null);
      // a split is asked for, so that no card is left out
      const plan = planned(profile, { devices, split_mode: 'layer' });
      const [command] = plan.commands;
      expect(plan.verdict).toBe('ship');
      expect(valueAfter(command!.argv, '-dev')).toBe(names);
      expect(command!.env).toEqual(cuda ? { CUDA_DEVICE_ORDER: 'PCI_BUS_ID' } : {});
      const again = planExact(model, profile, command!.argv, 'llama-server');
      expect(again.commands[0]).toEqual(command);
    },
  );

  it.each([
    ['CUDA0', [radeon, rtx4090], { CUDA_DEVICE_ORDER: 'PCI_BUS_ID' }],
    ['ROCm0', [rtx4090, radeon], {}],
  ])('goes by the one card in use, the second, %s', (name, cards, env) => {
    const [first, second] = cards;
    const machineOfBoth = machine([{ ...first, vram_free_mib: 2000 }, second!], null);
    const devices = cards.map(({ vendor, name: description, vram_total_mib }) => ({
      name: vendor === 'amd' ? 'ROCm0' : 'CUDA0',
      description,
      total_mib: vram_total_mib,
      free_mib: vram_total_mib,
    }));
    const profile = { ...machineOfBoth, runtime_devices: { program: '/opt/llama-server', devices } };
    const [command] = planned(profile, { split_mode: 'none' }).commands;
    expect(valueAfter(command!.argv, '-dev')).toBe(name);
    expect(command!.env).toEqual(env);
    expect(planExact(model, profile, command!.argv, 'llama-server').commands[0]).toEqual(command);
  });

  it('counts CUDA cards in PCI order where only a draft model is on one', () => {
    const draft = '-c 4096 -np 1 -dev ROCm0 -md draft.gguf -devd'.split(' ');
    const environment = (device: string) =>
      planExact(model, machine([rtx3060, radeon], null), [...draft, device], 'llama-server').commands[0]!.env;
    expect(environment('CUDA0')).toEqual({ CUDA_DEVICE_ORDER: 'PCI_BUS_ID' });
    expect(environment('ROCm0')).toEqual({});
  });

  it('judges names of another build all the same, and says that this one has others', () => {
    const argv = '-c 4096 -np 1 -dev CUDA0 -sm none'.split(' ');
    const judged = planExact(model, machine([rtx3060, radeon], 'vulkan'), argv, 'llama-server');
    expect(judged.memory[0]!.device).toBe('gpu0');
    const found = judged.findings.find(({ code }) => code === 'device-not-listed');
    expect(found!.message).toContain('it calls CUDA0 Vulkan1');
    const right = argv.map((word) => (word === 'CUDA0' ? 'vulkan1' : word));
    const own = planExact(model, machine([rtx3060, radeon], 'vulkan'), right, 'llama-server');
    expect(own.findings.map(({ code }) => code)).not.toContain('device-not-listed');
  });

  it('says where the build has no such card', () => {
    const plan = planned(machine([rtx4090], 'cpu'));
    expect(valueAfter(plan.commands[0]!.argv, '-dev')).toBe('CUDA0');
    expect(plan.findings).toContainEqual(
      expect.objectContaining({ code: 'device-not-listed', severity: 'warning' }),
    );
  });

  it('says what a name rests on where nobody was asked and builds differ', () => {
    expect(codesWith(radeon)).toContain('device-names-assumed');
    expect(codesWith(rtx4090)).not.toContain('device-names-assumed');
  });
});

import { describe, expect, it } from 'vitest';
import type { GpuReading } from '../../../src/core/profile/readings';
import { gpuOfAmdCard, kfdAddress } from '../../../src/core/reading/amd-sysfs';
import { gpusOfApple, type AppleFacts } from '../../../src/core/reading/apple-gpus';
import { gpuOfAmdTool, parseAmdSmi, parseRocmSmi } from '../../../src/core/reading/rocm-smi';
import { AT, fixture, card, unexplainedIn } from './other-gpu-captures';

/** A generator that gives the same numbers in every run (Lehmer, MINSTD). */
function* numbers(seed: number): Generator<number> {
  for (let state = seed; ;) {
    state = (state * 48_271) % 2_147_483_647;
    yield state / 2_147_483_647;
  }
}

/** The text with a few characters replaced, cut out or repeated. */
function mutate(text: string, random: Generator<number>): string {
  const next = (most: number) => Math.floor((random.next().value as number) * most);
  let mutated = text;
  for (let edits = 1 + next(4); edits > 0; edits -= 1) {
    const at = next(mutated.length);
    const length = next(12);
    const inserted = [
      '',
      '"',
      '{',
      ']',
      '-',
      '\u0000',
      '9'.repeat(20),
      'N/A',
      'null',
      mutated.slice(at, at + length),
    ][next(10)]!;
    mutated = mutated.slice(0, at) + inserted + mutated.slice(at + next(2) * length);
  }
  return mutated;
}

describe('damaged output', () => {
  const facts: AppleFacts = { appleSilicon: true, wiredLimit: '0', availableBytes: null };
  const readers: readonly (readonly [string, (text: string) => readonly GpuReading[]])[] = [
    ['rocm-smi.json', (text) => parseRocmSmi(text).map((one) => gpuOfAmdTool(one, 'rocm-smi', AT))],
    ['amd-smi-static.json', (text) => parseAmdSmi(text, text).map((one) => gpuOfAmdTool(one, 'amd-smi', AT))],
    ['apple-m3-pro.json', (text) => gpusOfApple(text, facts, AT)],
    ['apple-intel.json', (text) => gpusOfApple(text, { ...facts, appleSilicon: false }, AT)],
  ];

  it.each(readers)('of %s crashes nothing and gives no number that is not in it', (name, read) => {
    const random = numbers(20_261_121);
    for (let round = 0; round < 100; round += 1) {
      const text = mutate(fixture(name), random);
      for (const gpu of read(text)) {
        expect(unexplainedIn(gpu)).toEqual([]);
        const total = gpu.vram_total_mib.value;
        if (total === null) continue;
        const inBytes = String(Math.round(total * 2 ** 20));
        const spellings = [inBytes, String(total), String(total / 1024)];
        expect(
          spellings.some((spelling) => text.includes(spelling)),
          `${total} MiB of ${text}`,
        ).toBe(true);
      }
    }
  });

  it('of sysfs crashes nothing either', () => {
    const random = numbers(7);
    for (let round = 0; round < 100; round += 1) {
      const damaged = {
        ...card,
        vramTotal: mutate(card.vramTotal!, random),
        vramUsed: mutate(card.vramUsed!, random),
        kfdProperties: mutate(card.kfdProperties!, random),
        hops: card.hops.map((one) => ({
          vendor: one.vendor,
          speed: mutate(one.speed!, random),
          width: mutate(one.width!, random),
          maxSpeed: one.maxSpeed,
          maxWidth: one.maxWidth,
        })),
      };
      const gpu = gpuOfAmdCard(damaged, AT);
      expect(unexplainedIn(gpu)).toEqual([]);
      expect(gpu.vram_total_mib.value ?? 1).toBeGreaterThan(0);
      expect([1, 2, 3, 4, 5, 6, null]).toContain(gpu.pcie_gen.value);
      kfdAddress(damaged.kfdProperties);
    }
  });
});

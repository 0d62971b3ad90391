import { expect, it } from 'vitest';
import { planExact } from '../../../src/core/exact/plan-exact';
import { MIB } from '../../../src/core/units';
import { modelOfLabel } from '../plan/memory-rows';
import { gpuWith, profileWith } from '../plan/profiles';

const card = profileWith({ gpus: [gpuWith({})], ramGib: 64 });

/** What llama-server 0.5.0 prints as CPU_Mapped for these models and arguments, in MiB. */
const printed = [
  ['wide gemma3-dense-w1', '-c 8192 -np 2 -ngl 2', 362.9],
  ['wide glm4-dense-w1', '-c 12345 -np 3 -ngl 1', 1123.75],
  ['wide gemma2-dense-w1', '-c 1000 -ngl 10 -ot attn_output=CPU', 722.68],
] as const;

it.each(printed)('names the stretch that llama-server maps of %s with %s', (label, line, mib) => {
  const plan = planExact(modelOfLabel(label), card, line.split(' '), 'llama-server');
  const range = plan.assumptions.find(({ name }) => name === 'mapped range of the file')!;
  expect(range.value).toBe(Math.round(mib));
  expect(plan.memory.at(-1)!.model_bytes! / MIB).toBeLessThan(mib);
});

it('says nothing where the host has all, or the file is not mapped', () => {
  for (const line of ['-ngl 0', '-ngl 2 -lm none']) {
    const plan = planExact(modelOfLabel('wide gemma3-dense-w1'), card, line.split(' '), 'llama-server');
    expect(plan.assumptions.map(({ name }) => name)).not.toContain('mapped range of the file');
  }
});

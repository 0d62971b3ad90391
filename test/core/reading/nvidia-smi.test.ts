import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type Figure } from '../../../src/core/figure';
import { parseMigSlices } from '../../../src/core/reading/nvidia-smi-cuda';
import { gpusOfRows } from '../../../src/core/reading/nvidia-smi-gpus';
import { parseRows } from '../../../src/core/reading/nvidia-smi-rows';
import { read, captures, asQueried, context, gpusOf } from './nvidia-smi-captures';

describe('a captured card', () => {
  it.each(captures)('%s is read as nvidia-smi printed it', (capture) => {
    const { fields, line } = asQueried(capture);
    const { gpus } = gpusOf(`${line}\r\n`, fields);
    expect(gpus).toHaveLength(1);
    const gpu = Object.fromEntries(
      Object.entries(gpus[0]!).map(([field, figure]) => [
        field,
        typeof figure === 'object' ? figure.value : figure,
      ]),
    );
    expect(gpu).toMatchSnapshot();
  });

  it('has a reason for every figure that is missing', () => {
    for (const capture of captures) {
      const { fields, line } = asQueried(capture);
      for (const figure of Object.values(gpusOf(line, fields).gpus[0]!)) {
        if (typeof figure !== 'object' || figure.value !== null) continue;
        expect(figure.provenance.reason).toMatch(/^[a-z-]+: ./);
      }
    }
  });

  it('gives no number that was not in the text, however the text is damaged', () => {
    for (const capture of captures) {
      const { fields, line } = asQueried(capture);
      const change = fc.record({
        at: fc.nat(line.length),
        remove: fc.nat(4),
        insert: fc.oneof(
          fc.string({ maxLength: 3 }),
          fc.constantFrom('[N/A]', ', ', '\n', '-', '.', '0', '[', ']', '9'.repeat(30), '\0', 'é'),
        ),
      });
      fc.assert(
        fc.property(fc.array(change, { minLength: 1, maxLength: 4 }), (changes) => {
          let text = line;
          for (const { at, remove, insert } of changes)
            text = text.slice(0, at) + insert + text.slice(at + remove);
          for (const gpu of gpusOf(text, fields).gpus) {
            for (const [field, figure] of Object.entries(gpu)) {
              if (field === 'index' || typeof (figure as Figure<unknown>).value !== 'number') continue;
              const { value } = figure as Figure<number>;
              expect(Number.isSafeInteger(value) && value! >= 0).toBe(true);
              expect(text).toContain(String(value));
            }
          }
        }),
        { numRuns: 100, seed: 20261121 },
      );
    }
  });
});

describe('a card that is not like the others', () => {
  const capture = 'linux-x86_64__nvidia-l40s__595.80__idle.csv';
  const withCells = (cells: Readonly<Record<string, string>>) => {
    const { fields, line } = asQueried(capture);
    const parts = line.split(', ');
    const text = fields.map((field, at) => cells[field] ?? parts[at]).join(', ');
    return gpusOf(text, fields);
  };
  const none = '[N/A]';
  const kindWith = (total: string, mode: string) =>
    withCells({ 'memory.total': total, addressing_mode: mode }).gpus[0]!.memory_kind.value;

  it('shares memory with the host where it is a GB10', () => {
    const { gpus } = withCells({
      name: 'NVIDIA GB10',
      'memory.total': none,
      'memory.free': none,
      'memory.reserved': none,
      addressing_mode: 'ATS',
      'pcie.link.gen.gpucurrent': '1',
      'pcie.link.width.current': '1',
      'pcie.link.width.max': '16',
    });
    expect(gpus[0]!.memory_kind.value).toBe('unified');
    for (const field of [
      'vram_total_mib',
      'vram_free_mib',
      'pcie_gen',
      'pcie_gen_max',
      'pcie_width',
    ] as const) {
      expect(gpus[0]![field].value, field).toBeNull();
      expect(gpus[0]![field].provenance.reason, field).toMatch(/^unified-memory: /);
    }
    expect(gpus[0]!.pcie_sampled_under_load.value).toBeNull();
  });

  it('is unified by its addressing mode too, but not for want of permission', () => {
    expect(kindWith(none, 'ATS')).toBe('unified');
    expect(kindWith(none, 'HMM')).toBeNull();
    expect(kindWith('[Insufficient Permissions]', 'ATS')).toBeNull();
    expect(kindWith('97871', 'ATS')).toBe('dedicated');
  });

  it('does not take the carve-out of an N1X for its memory', () => {
    const { gpus } = withCells({ name: 'NVIDIA N1X', 'memory.total': '8128' });
    expect(gpus[0]!.memory_kind.value).toBe('unified');
    expect(gpus[0]!.vram_total_mib.value).toBeNull();
  });

  it('is worth a warning on fewer lanes than it has, and not at idle', () => {
    const { findings } = withCells({ 'pcie.link.width.current': '4', name: 'NVIDIA RTX A4000' });
    expect(findings).toEqual([
      expect.objectContaining({
        severity: 'warning',
        code: 'pcie-narrow',
        path: '/hardware/gpus/0/pcie_width',
        message: 'NVIDIA RTX A4000 runs on 4 of 16 lanes.',
        remedy: expect.stringContaining('slot'),
      }),
    ]);
    expect(withCells({ 'pcie.link.gen.gpucurrent': '1', 'pcie.link.gen.current': '1' }).findings).toEqual([]);
  });

  it('with MIG has no free memory to offer, and names its slices', () => {
    const mig = asQueried('linux-x86_64__nvidia-h100-mig__590.48.01__idle.csv');
    const list = read('capabilities/linux-x86_64__nvidia-h100-mig__590.48.01/list.txt');
    const { rows } = parseRows(mig.line, mig.fields);
    const { gpus, findings } = gpusOfRows(rows, {
      ...context,
      slicesOf: (uuid) => parseMigSlices(list, uuid),
    });
    expect(gpus[0]!.mig.value).toBe(true);
    expect(gpus[0]!.vram_total_mib.value).toBe(81559);
    expect(gpus[0]!.vram_free_mib.provenance.reason).toMatch(/^mig: /);
    expect(findings[0]).toMatchObject({ code: 'mig-enabled', path: '/hardware/gpus/0/mig' });
    expect(findings[0]!.message).toContain('3g.40gb, 2g.20gb, 1g.10gb, 1g.10gb');
  });

  it('says that its memory could not be read', () => {
    const { findings } = withCells({ 'memory.total': '[Insufficient Permissions]' });
    expect(findings[0]).toMatchObject({ code: 'gpu-silent', path: '/hardware/gpus/0/vram_total_mib' });
  });
});

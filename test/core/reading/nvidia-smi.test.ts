import fc from 'fast-check';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { missing, type Figure } from '../../../src/core/figure';
import { judgeFailure, judgeQuery } from '../../../src/core/reading/nvidia-smi-answer';
import { parseCudaVersion, parseMigSlices } from '../../../src/core/reading/nvidia-smi-cuda';
import { gpusOfRows } from '../../../src/core/reading/nvidia-smi-gpus';
import {
  fieldsInHelp,
  queryArguments,
  WANTED_FIELDS,
  type SmiField,
} from '../../../src/core/reading/nvidia-smi-query';
import { normalBusId, parseCell, parseRows } from '../../../src/core/reading/nvidia-smi-rows';

const fixtures = join(__dirname, '../../fixtures/nvidia-smi');
const read = (...path: readonly string[]) => readFileSync(join(fixtures, ...path), 'utf8');
const captures = readdirSync(join(fixtures, 'csv')).filter((name) => name.endsWith('.csv'));
const errors = readdirSync(join(fixtures, 'errors'))
  .filter((name) => name.endsWith('.rc'))
  .map((name) => name.slice(0, -'.rc'.length));

/** Fields and cells of a captured row, without units, as a query for just these fields would print them. */
function asQueried(capture: string, wanted: readonly string[] = WANTED_FIELDS) {
  const [header, row] = read('csv', capture)
    .split(/\r?\n/)
    .map((line) => line.split(', '));
  const cells = new Map(
    header!.map((head, at) => {
      const [, field, unit] = /^(\S+)(?: \[(.*)\])?$/.exec(head)!;
      const cell = row![at]!;
      return [field!, unit && cell.endsWith(` ${unit}`) ? cell.slice(0, -unit.length - 1) : cell] as const;
    }),
  );
  const fields = wanted.filter((field) => cells.has(field)) as SmiField[];
  return { fields, line: fields.map((field) => cells.get(field)!).join(', ') };
}

const context = {
  at: '2026-11-21T09:00:00.000Z',
  cudaVersion: missing('not-measured: not asked') as Figure<string>,
  slicesOf: () => [],
};
const gpusOf = (text: string, fields: readonly SmiField[]) =>
  gpusOfRows(parseRows(text, fields).rows, context);

describe('a query for one card', () => {
  it('asks for fields that are there, without spaces, the name last', () => {
    const [query, format] = queryArguments(WANTED_FIELDS);
    expect(query).toMatch(/^--query-gpu=[\w.,]+,name$/);
    expect(format).toBe('--format=csv,noheader,nounits');
    expect(queryArguments(['name'], 3).slice(0, 2)).toEqual(['-i', '3']);
  });

  it.each(readdirSync(join(fixtures, 'capabilities')))('asks %s only for what its help lists', (machine) => {
    const fields = fieldsInHelp(read('capabilities', machine, 'help-query-gpu.txt'));
    const knowsKmd = /__(595|610)\./.test(machine);
    expect(fields).toEqual(WANTED_FIELDS.filter((field) => field !== 'kmd_version' || knowsKmd));
  });

  it('asks for everything where the help is no list', () => {
    expect(fieldsInHelp('')).toEqual(WANTED_FIELDS);
    expect(fieldsInHelp('ERROR: Option --help-query-gpu is not recognized.')).toEqual(WANTED_FIELDS);
  });
});

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

describe('a row', () => {
  const fields: readonly SmiField[] = ['index', 'pci.bus_id', 'memory.total', 'name'];

  const said = (cell: string) =>
    gpusOf(`0, 00000000:01:00.0, ${cell}, card`, fields).gpus[0]!.vram_total_mib.provenance.reason;

  it('keeps a comma in the name', () => {
    const { gpus } = gpusOf('0, 00000000:01:00.0, 24576, NVIDIA Stub GPU, Test Edition', fields);
    expect(gpus[0]!.name.value).toBe('NVIDIA Stub GPU, Test Edition');
    expect(gpus[0]!.vram_total_mib.value).toBe(24576);
  });

  it('takes a number only where the whole cell is one', () => {
    for (const cell of ['24576 MiB', '-24576', '2.5e4', '0x6000', '24,576', '', '1'.repeat(20), '0']) {
      const { gpus } = gpusOf(`0, 00000000:01:00.0, ${cell}, card`, fields);
      expect(gpus[0]!.vram_total_mib.value, cell).toBeNull();
    }
  });

  it('keeps what nvidia-smi said in place of a figure', () => {
    expect(said('[N/A]')).toBe('not-supported: [N/A]');
    expect(said('N/A')).toBe('not-supported: N/A');
    expect(said('[Not Supported]')).toBe('not-supported: [Not Supported]');
    expect(said('[Insufficient Permissions]')).toBe('permission: [Insufficient Permissions]');
    expect(said('[GPU is lost]')).toBe('gpu-lost: [GPU is lost]');
    expect(said('ERR!')).toBe('error: ERR!');
    expect(said('[Something new]')).toBe('error: [Something new]');
    expect(said('Not Active')).toBe('malformed: memory.total is "Not Active"');
  });

  it('does not take an error for a card', () => {
    const text =
      'Unable to open display, no cards, none at all, sorry\n0, 00000000:01:00.0, 8192, card\nWARNING: x\n';
    const { rows, strange } = parseRows(text, fields);
    expect(rows).toHaveLength(1);
    expect(strange).toEqual(['Unable to open display, no cards, none at all, sorry', 'WARNING: x']);
  });

  it('strips what 610 adds to a value that it calls deprecated', () => {
    expect(
      parseCell('610.57.04 [Deprecated; will be removed in CUDA 14.0. Use KMD Version instead]'),
    ).toEqual({
      kind: 'text',
      text: '610.57.04',
    });
  });

  it.each([
    ['00000000:0C:00.0', '0000:0c:00.0'],
    ['0000:0C:00.0', '0000:0c:00.0'],
    ['0000000F:01:00.0', '000f:01:00.0'],
    ['00010000:01:00.0', '10000:01:00.0'],
    ['01:00.0', null],
    ['00000000:01:00.9', null],
  ])('writes the bus id %s as %s', (text, expected) => expect(normalBusId(text)).toBe(expected));

  it('orders cards by their place on the bus, not by the order of the text', () => {
    const text = [
      '0, 00000001:01:00.0, 1, third',
      '1, [N/A], 1, GPU-less',
      '2, 00000000:81:00.0, 2, second',
      '3, 00000000:05:00.0, 3, first',
    ].join('\n');
    const { gpus } = gpusOf(text, fields);
    expect(gpus.map(({ index, name }) => [index, name.value])).toEqual([
      [0, 'first'],
      [1, 'second'],
      [2, 'third'],
      [3, 'GPU-less'],
    ]);
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

const kindOf = (name: string) => {
  const code = Number(read('errors', `${name}.rc`));
  const answer = judgeQuery(code, read('errors', `${name}.stdout`), '', WANTED_FIELDS);
  return answer.kind === 'failed' ? answer.failure.reason.split(':')[0] : answer.kind;
};

describe('an error of nvidia-smi', () => {
  const expected: Readonly<Record<string, string>> = {
    'real535-no-nvml-lib': 'no-driver-library',
    'stub535-bad-index': 'no-devices',
    'stub535-no-devices': 'no-devices',
    'stub535-handle-no-permission': 'permission',
    'stub535-handle-extpower': 'card-lost',
    'stub535-handle-gpu-lost': 'card-lost',
    'stub535-handle-irq': 'card-lost',
    'stub535-handle-unknown': 'card-lost',
    'stub535-init-error-4': 'permission',
    'stub535-init-error-9': 'no-driver',
    'stub535-init-error-10': 'timeout',
    'stub535-init-error-15': 'gpu-lost',
    'stub535-init-error-16': 'gpu-lost',
    'stub535-init-error-17': 'blocked',
    'stub535-init-error-18': 'driver-mismatch',
    'stub535-field-error-4': 'permission',
    'stub535-field-error-15': 'gpu-lost',
    'stub535-field-error-16': 'gpu-lost',
    'stub535-bad-field': 'unknown-field',
    'stub535-field-with-space': 'unknown-field',
  };

  it.each(errors)('%s is told apart', (name) => {
    expect(kindOf(name)).toBe(
      expected[name] ?? (name.startsWith('real535-no-driver') ? 'no-driver' : 'error'),
    );
  });

  it('is told by its status where the words are new, and by words where the status is', () => {
    expect(judgeFailure(18, 'Etwas ganz anderes', '')).toMatchObject({
      failure: { reason: 'driver-mismatch: Etwas ganz anderes' },
    });
    const text =
      'Failed to initialize NVML: Driver/library version mismatch\nNVML library version: 570.124\n';
    expect(judgeFailure(255, text, '')).toMatchObject({
      failure: { reason: expect.stringMatching(/^driver-mismatch: .*570\.124$/) },
    });
    expect(judgeFailure(255, '', '')).toMatchObject({
      failure: { reason: expect.stringMatching(/^error: /) },
    });
    expect(judgeFailure(0, 'No devices found.', '')).toEqual({ kind: 'no-devices' });
    expect(judgeFailure(0, '\u001B[2J\uFFFD\u0000', '')).toMatchObject({
      failure: { reason: 'error: nvidia-smi printed what is not text and ended with status 0' },
    });
    expect(judgeFailure(255, 'Failed to initialize NVML: N/A', '')).toMatchObject({
      failure: { reason: 'error: Failed to initialize NVML: N/A' },
    });
  });

  it('comes with a remedy', () => {
    for (const name of errors) {
      const code = Number(read('errors', `${name}.rc`));
      const answer = judgeQuery(code, read('errors', `${name}.stdout`), '', WANTED_FIELDS);
      if (answer.kind === 'failed') expect(answer.failure.remedy, name).toMatch(/\.$/);
    }
  });

  it('does not hide the cards that came with it', () => {
    const { fields, line } = asQueried(captures[0]!);
    const text = `WARNING: infoROM is corrupted at gpu 0000:0C:00.0\n${line}\n`;
    expect(judgeQuery(14, text, '', fields)).toMatchObject({
      kind: 'rows',
      rows: { length: 1 },
      strange: ['WARNING: infoROM is corrupted at gpu 0000:0C:00.0'],
    });
  });
});

describe('the CUDA version', () => {
  it.each(readdirSync(join(fixtures, 'capabilities')))('is in the table and in -q of %s', (machine) => {
    const version = parseCudaVersion(read('capabilities', machine, 'table.txt'));
    expect(version).toBe(/__610\./.test(machine) ? '13.3' : /__59[01]\./.test(machine) ? '13.1' : '13.2');
    expect(parseCudaVersion(read('capabilities', machine, 'query-head.txt'))).toBe(version);
  });

  it.each(readdirSync(join(fixtures, 'xml')))('is in %s where that names one', (file) => {
    const text = read('xml', file);
    expect(parseCudaVersion(text)).toBe(/<cuda_version>(.*?)</.exec(text)?.[1] ?? null);
  });

  it('is unknown where nvidia-smi does not say', () => {
    expect(parseCudaVersion('| NVIDIA-SMI 390.157    Driver Version: 390.157  |')).toBeNull();
    expect(parseCudaVersion('| Driver Version: 591.86   CUDA Version: ERR! |')).toBeNull();
    expect(parseCudaVersion('')).toBeNull();
  });
});

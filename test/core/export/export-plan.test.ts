import { execFileSync } from 'node:child_process';
import { Ajv } from 'ajv';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { planExact } from '../../../src/core/exact/plan-exact';
import { ExportError } from '../../../src/core/export/export-error';
import { exportFormats, exportPlan } from '../../../src/core/export/export-plan';
import { BYTE_ORDER_MARK } from '../../../src/core/export/script';
import { planModel } from '../../../src/core/plan/plan-model';
import { type Plan, planRequestSchema } from '../../../src/core/plan/schema';
import { splitWords } from '../../../src/core/exact/split-words';
import { commandLineToArgv, powershellWords, throughCmd } from '../../support/windows-command-line';
import { profileWith } from '../plan/profiles';
import { modelNamed } from '../plan/truth-rows';

const mixture = modelNamed('qwen3-30b-a3b');

/** A plan with experts on the host, variables and several sequences, for a file of this name. */
function planFor(path = '/models/a model.gguf', os = 'linux'): Plan {
  const model = { ...mixture, source: { ...mixture.source, locator: path } };
  const profile = profileWith({ os, gpus: [{ vram_free_mib: 10_000 }] });
  return planModel(model, profile, planRequestSchema.parse({ context: 8192, parallel: 2 }));
}

function argvOf(plan: Plan): readonly string[] {
  return plan.commands.find(({ tool }) => tool === 'llama-server')!.argv;
}

/** What the schema that llama-swap publishes asks of a model, as far as a plan writes one. */
const swapSchema = {
  type: 'object',
  required: ['models'],
  additionalProperties: false,
  properties: {
    models: {
      type: 'object',
      additionalProperties: {
        type: 'object',
        required: ['cmd'],
        additionalProperties: false,
        properties: {
          cmd: { type: 'string', minLength: 1 },
          name: { type: 'string', maxLength: 128 },
          env: { type: 'array', items: { type: 'string', pattern: '^[A-Z_][A-Z0-9_]*=.*$' } },
          checkEndpoint: { type: 'string', pattern: '^/.*$|^none$' },
        },
      },
    },
  },
} as const;

interface SwapConfig {
  readonly models: Readonly<Record<string, { cmd: string; env: string[] }>>;
}

describe('a plan written for another program', () => {
  it('is a preset whose keys are the options without dashes, and whose flags are true', () => {
    const plan = planFor();
    const { text, fileName } = exportPlan(plan, 'preset-ini');
    expect(fileName).toMatch(/^[a-z0-9._-]+\.ini$/);
    const lines = text.split('\n');
    expect(lines).toContain('model = /models/a model.gguf'.replace('model', 'm'));
    expect(lines).toContain('no-kvu = true');
    expect(lines).toContain('fit = off');
    expect(lines).toContain(`; start llama-server with CUDA_DEVICE_ORDER=PCI_BUS_ID`);
    const pairs = lines.filter((line) => / = /.test(line) && !line.startsWith(';'));
    expect(pairs).toHaveLength(argvOf(plan).filter((word) => /^-[a-z-]/.test(word)).length + 1);
  });

  it('joins overrides, which a section can hold once', () => {
    const argv = ['-ot', 'blk\\.1\\.=CPU', '-c', '4096', '-ot', 'blk\\.2\\.=CPU', '-n', '-1'];
    const plan = planExact(mixture, profileWith(), argv, 'llama-server');
    const lines = exportPlan(plan, 'preset-ini').text.split('\n');
    expect(lines).toContain('ot = blk\\.1\\.=CPU,blk\\.2\\.=CPU');
    expect(lines).toContain('n = -1');
    expect(lines.filter((line) => line.startsWith('ot ='))).toHaveLength(1);
  });

  it('is a configuration of llama-swap whose command is the same words', () => {
    const plan = planFor('/models/it\'s "a" #1; $HOME.gguf');
    const config = parse(exportPlan(plan, 'llama-swap').text) as SwapConfig;
    const ajv = new Ajv();
    expect(ajv.validate(swapSchema, config), ajv.errorsText()).toBe(true);
    const [model] = Object.values(config.models);
    const words = splitWords(model!.cmd);
    expect(words).toEqual({ kind: 'words', words: ['llama-server', ...argvOf(plan), '--port', '${PORT}'] });
    expect(model!.env).toEqual(['CUDA_DEVICE_ORDER=PCI_BUS_ID']);
  });

  it('is read by llama-swap on Windows by the rules of programs there, no shell between', () => {
    const plan = planFor('C:\\my models\\50% off.gguf', 'win32');
    const config = parse(exportPlan(plan, 'llama-swap').text) as SwapConfig;
    const [model] = Object.values(config.models);
    expect(commandLineToArgv(model!.cmd)).toEqual(['llama-server', ...argvOf(plan), '--port', '${PORT}']);
  });

  it('is a script that PowerShell and cmd read back as the same words', () => {
    const plan = planFor('C:\\my models\\Bob\u2019s 50% & co.gguf', 'win32');
    const powershell = exportPlan(plan, 'powershell').text.split('\r\n').at(-2)!;
    const [variable, line] = powershell.split('; ');
    expect(variable).toBe("$env:CUDA_DEVICE_ORDER = 'PCI_BUS_ID'");
    expect(powershellWords(line!)).toEqual(['llama-server', ...argvOf(plan)]);
    const cmd = exportPlan(plan, 'cmd').text.split('\r\n').at(-2)!;
    expect(cmd).toMatch(/^set "CUDA_DEVICE_ORDER=PCI_BUS_ID" && llama-server /);
    const called = throughCmd(cmd.slice(cmd.indexOf('&& ') + 3), 'file');
    expect(commandLineToArgv(called)).toEqual(['llama-server', ...argvOf(plan)]);
  });

  it('says in every format that what was refused should not be run', () => {
    const plan = planModel(mixture, profileWith({ ramGib: 4 }), planRequestSchema.parse({}));
    expect(plan.verdict).toBe('refuse');
    for (const format of exportFormats) expect(exportPlan(plan, format).text).toContain('refuse');
  });

  it('keeps values apart from options, whatever they begin with', () => {
    const lines = exportPlan(planFor('-ngl.gguf'), 'preset-ini').text.split('\n');
    expect(lines).toContain('m = -ngl.gguf');
    expect(lines).toContain('no-kvu = true');
  });

  it('joins overrides under both names of the option, and refuses an option with two values', () => {
    const overrides = ['-ot', '-a=CPU', '--override_tensor', 'b=CPU', '-c', '4096'];
    const text = exportPlan(planExact(mixture, profileWith(), overrides, 'llama-server'), 'preset-ini').text;
    expect(text).toContain('\not = -a=CPU,b=CPU\n');
    expect(text).not.toContain('override-tensor');
    const two = planExact(mixture, profileWith(), ['--control-vector-layer-range', '1', '2'], 'llama-server');
    expect(() => exportPlan(two, 'preset-ini')).toThrow(ExportError);
  });

  it('is a script with other letters that Windows reads as UTF-8, where its own code page may have quotes among them', () => {
    // in UTF-8 this letter is D1 91, and 91 of windows-1252 is a quote that PowerShell takes for its own
    const plan = planFor('C:\\\u0451; calc; \u0451.gguf', 'win32');
    const powershell = Buffer.from(exportPlan(plan, 'powershell').text);
    expect([...powershell.subarray(0, 3)]).toEqual([0xef, 0xbb, 0xbf]);
    expect(exportPlan(plan, 'cmd').text).toMatch(/^@echo off\r\nchcp 65001 >nul\r\n/);
    const plain = planFor('C:\\a.gguf', 'win32');
    expect(exportPlan(plain, 'powershell').text).not.toContain(BYTE_ORDER_MARK);
    expect(exportPlan(plain, 'cmd').text).not.toContain('chcp');
  });

  it.each(exportFormats)('has remarks that end where their line does, whoever reads %s', (format) => {
    const plan = planFor();
    const name = 'a\nb\u0085c: 1\u2028d\u2029e\u001Af\u001B[2J\r\ng\uD800';
    const { text } = exportPlan({ ...plan, model: { ...plan.model, name } }, format);
    expect(text).toContain('a b c: 1 d e f [2J g');
    // oxlint-disable-next-line no-control-regex -- control characters are what this is about
    expect(text).not.toMatch(/[\u0000-\u0009\u000B\u000C\u000E-\u001F\u007F-\u009F\u2028\u2029]/);
  });

  it
    .runIf(process.platform !== 'win32')
    .each([
      '/models/a b.gguf',
      "/models/it's $(touch x) `id` $HOME.gguf",
      '/models/a\nrm -rf x\n.gguf',
      '-ngl.gguf',
      '~/a.gguf',
      '/models/\\"!*?[a]{b,c};&|<>().gguf',
      '/models/\t\u00A0\u2028\u0451\uFEFF.gguf',
    ])('is a script that sh runs as exactly the words of the plan, with the file %j', (path) => {
    const plan = planFor(path);
    const script = exportPlan(plan, 'sh').text.replace('llama-server', 'show');
    const output = execFileSync('sh', ['-c', `show() { printf '%s\\0' "$@"; }\n${script}`], {
      encoding: 'utf8',
    });
    expect(output.split('\0').slice(0, -1)).toEqual(argvOf(plan));
  });

  it.each([
    ['llama-swap', '/models/a\u0085b.gguf'],
    ['llama-swap', '/models/a\u2028b.gguf'],
    ['preset-ini', '/models/a;b.gguf'],
    ['preset-ini', '/models/a #b.gguf'],
    ['llama-swap', '/models/${HOME}.gguf'],
    ['llama-swap', '/models/a\nb.gguf'],
    ['cmd', '/models/a\nb.gguf'],
  ] as const)('is not written as %s where the format would read %j as something else', (format, path) => {
    expect(() => exportPlan(planFor(path), format)).toThrow(ExportError);
    expect(exportPlan(planFor(path), 'sh').text).toContain('llama-server');
  });

  it('needs a llama-server line', () => {
    const plan = planExact(mixture, profileWith(), ['-p', '512'], 'llama-bench');
    expect(() => exportPlan(plan, 'sh')).toThrow(ExportError);
  });
});

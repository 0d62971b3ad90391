import { Ajv } from 'ajv';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { planExact } from '../../../src/core/exact/plan-exact';
import { ExportError } from '../../../src/core/export/export-error';
import { exportFormats, exportPlan } from '../../../src/core/export/export-plan';
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

  it.each([
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

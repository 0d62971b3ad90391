import { ExpectedError } from '../../contract/errors';
import { tools } from '../../core/exact/read-line';
import { type ExportFormat, exportFormats } from '../../core/export/export-plan';
import type { Tool } from '../../core/plan/settings';
import { planMarkdown } from '../../core/report/plan-markdown';
import { planText } from '../../core/report/plan-text';
import { plannedRuntimes } from '../../core/plan/request-schema';
import { type SweepKind, sweepKinds } from '../../core/sweep/schema';
import type { CliCommand } from '../command';
import { statusOfVerdict } from '../exit-status';
import { refuseIdleOptions } from '../plan-contradictions';
import { writeExport } from '../plan-export';
import { printSweep } from '../plan-sweep';
import { collect } from '../option-values';
import { machineOf, type MachineOptions } from '../plan-machine';
import { catalogOption } from './catalog';
import { requestFrom, requestOptions, type RequestOptions } from '../request-options';
import { referenceArgument } from './model';

interface PlanOptions extends RequestOptions, MachineOptions {
  readonly exact?: string;
  readonly tool?: Tool;
  readonly mmproj?: string;
  readonly draft?: string;
  readonly oracle?: string | true;
  readonly sweep?: SweepKind;
  readonly format: 'text' | 'json' | 'markdown' | 'csv';
  readonly export?: ExportFormat;
  readonly out?: string;
}

export const plan: CliCommand<PlanOptions> = {
  meta: {
    name: 'plan',
    summary: 'Say ship or refuse for a model, with flags, memory and forecast.',
    argument: { ...referenceArgument, optional: true },
    options: [
      { flags: '--profile <file>', description: 'machine to plan for; default: this one, as measured' },
      {
        flags: '--gpu <card>',
        description:
          'what if: cards of the catalog in place of the own, their makers’ figures assumed, e.g. rtx-4090 or 2xrtx-3090; a list, or repeated',
        parse: collect,
      },
      catalogOption,
      ...requestOptions,
      {
        flags: '--exact <arguments>',
        description: 'judge just these llama.cpp arguments, in one word; -m in them may stand for the model',
      },
      {
        flags: '--tool <name>',
        description: 'whose arguments they are; default: llama-server',
        choices: tools,
      },
      {
        flags: '--runtime <name>',
        description: 'whose memory to plan: llama-server’s, or the embedded runtime’s',
        choices: plannedRuntimes,
      },
      { flags: '--mmproj <file>', description: 'image projector to load beside the model' },
      { flags: '--draft <file>', description: 'draft model to load beside the model' },
      {
        flags: '--oracle [program]',
        description: 'show what llama-fit-params says of the same; default: the one that is found',
      },
      {
        flags: '--sweep <what>',
        description: 'plan every value of one choice instead: memory and speed beside each',
        choices: sweepKinds,
      },
      {
        flags: '--format <format>',
        description: 'how to print it; csv: of a sweep',
        choices: ['text', 'json', 'markdown', 'csv'],
        default: 'text',
      },
      {
        flags: '--export <format>',
        description:
          'write the llama-server line for another program: its preset file, llama-swap or a shell',
        choices: exportFormats,
      },
      { flags: '--out <file>', description: 'export: write there instead of to stdout' },
    ],
  },
  async handler(context, options, reference) {
    const { call, terminal, json } = context;
    refuseIdleOptions(options);
    const profile = await machineOf(context, options);
    if (reference === '' && options.exact === undefined) {
      throw new ExpectedError(
        'usage',
        "Missing required argument 'ref'.",
        'Run `plimsoll plan --help` to see what can be said.',
      );
    }
    if (options.sweep !== undefined) {
      return printSweep(context, options, { kind: options.sweep, reference, profile });
    }
    const format = json ? 'json' : planFormat(options);
    const answer = await call('plan.make', {
      reference: reference === '' ? null : reference,
      profile,
      request: await requestFrom(options),
      ...besideOf(options),
    });
    if (options.export !== undefined) {
      await writeExport(answer, options.export, options.out, context);
      return statusOfVerdict(answer.verdict);
    }
    switch (format) {
      case 'json':
        terminal.printRaw(`${JSON.stringify(answer, null, 2)}\n`);
        break;
      case 'markdown':
        terminal.printRaw(planMarkdown(answer));
        break;
      case 'text':
        terminal.print(planText(answer, terminal));
        break;
    }
    return statusOfVerdict(answer.verdict);
  },
};

/** A plan is no table. */
function planFormat({ format }: PlanOptions): Exclude<PlanOptions['format'], 'csv'> {
  if (format !== 'csv') return format;
  throw new ExpectedError(
    'usage',
    'Only a sweep can be printed as csv.',
    'Add --sweep, or choose another format.',
  );
}

/** What is judged beside or in place of a request. */
function besideOf({ exact, tool, mmproj, draft, oracle }: PlanOptions) {
  return {
    exact: exact === undefined ? null : { arguments: exact, tool: tool ?? null },
    mmproj: mmproj ?? null,
    draft: draft ?? null,
    oracle: oracle === undefined ? null : { program: oracle === true ? null : oracle },
  };
}

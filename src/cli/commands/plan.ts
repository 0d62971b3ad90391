import { saveReport } from '../../agent/save-report';
import { ExpectedError } from '../../contract/errors';
import { tools } from '../../core/exact/read-line';
import { ExportError } from '../../core/export/export-error';
import {
  type ExportedPlan,
  type ExportFormat,
  exportFormats,
  exportPlan,
} from '../../core/export/export-plan';
import type { Plan } from '../../core/plan/schema';
import type { Tool } from '../../core/plan/settings';
import { planMarkdown } from '../../core/report/plan-markdown';
import { planText } from '../../core/report/plan-text';
import type { CliCommand } from '../command';
import { statusOfVerdict } from '../exit-status';
import { profileFrom } from '../profile-file';
import type { Terminal } from '../terminal';
import { requestOf, requestOptions, type RequestOptions } from '../request-options';
import { referenceArgument } from './model';

interface PlanOptions extends RequestOptions {
  readonly profile?: string;
  readonly exact?: string;
  readonly tool?: Tool;
  readonly mmproj?: string;
  readonly draft?: string;
  readonly oracle?: string | true;
  readonly format: 'text' | 'json' | 'markdown';
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
      { flags: '--mmproj <file>', description: 'image projector to load beside the model' },
      { flags: '--draft <file>', description: 'draft model to load beside the model' },
      {
        flags: '--oracle [program]',
        description: 'show what llama-fit-params says of the same; default: the one that is found',
      },
      {
        flags: '--format <format>',
        description: 'how to print it',
        choices: ['text', 'json', 'markdown'],
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
  async handler({ call, terminal, json }, options, reference) {
    const profile = options.profile === undefined ? null : await profileFrom(options.profile);
    if (reference === '' && options.exact === undefined) {
      throw new ExpectedError(
        'usage',
        "Missing required argument 'ref'.",
        'Run `plimsoll plan --help` to see what can be said.',
      );
    }
    const answer = await call('plan.make', {
      reference: reference === '' ? null : reference,
      profile,
      request: requestOf(options),
      ...besideOf(options),
    });
    if (options.export !== undefined) {
      await writeExport(answer, options.export, options.out, terminal);
      return statusOfVerdict(answer.verdict);
    }
    switch (json ? 'json' : options.format) {
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

async function writeExport(
  answer: Plan,
  format: ExportFormat,
  out: string | undefined,
  terminal: Terminal,
): Promise<void> {
  const { text } = exporting(answer, format);
  if (out === undefined) return terminal.printRaw(text);
  await saveReport(out, text);
  terminal.say(`Written to ${out}.`);
}

function exporting(answer: Plan, format: ExportFormat): ExportedPlan {
  try {
    return exportPlan(answer, format);
  } catch (error) {
    if (error instanceof ExportError) throw new ExpectedError('usage', error.message, error.remedy);
    throw error;
  }
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

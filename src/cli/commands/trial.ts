import { resolve } from 'node:path';
import { saveReport } from '../../agent/save-report';
import { formatReceipt } from '../../core/receipt/parse-receipt';
import type { Receipt } from '../../core/receipt/schema';
import { receiptText } from '../../core/report/receipt-text';
import { ExpectedError } from '../../contract/errors';
import type { CliCommand } from '../command';
import { exitStatus } from '../exit-status';
import { numberFrom, positiveNumber, wholeNumber } from '../option-values';
import { planFrom } from '../plan-file';
import { profileFrom } from '../profile-file';
import { requestFrom, requestOptions, type RequestOptions } from '../request-options';
import { referenceArgument } from './model';

interface TrialOptions extends RequestOptions {
  readonly plan?: string;
  readonly profile?: string;
  readonly runtime: string;
  readonly out?: string;
  readonly force?: boolean;
  readonly ballast?: boolean;
  readonly layers?: number;
  readonly whole?: boolean;
  readonly starts?: number;
  readonly repetitions?: number;
  readonly prompt?: number;
  readonly generate?: number;
  readonly depth?: number;
  readonly loadSeconds?: number;
  readonly hostShare?: number;
  readonly leastAvailable?: number;
  readonly maxTemperature?: number;
}

export const trial: CliCommand<TrialOptions> = {
  meta: {
    name: 'trial',
    summary: 'Run a plan on llama.cpp, watched, and keep what was measured beside what was predicted.',
    argument: { ...referenceArgument, optional: true },
    options: [
      { flags: '--plan <file>', description: 'run this plan, which `plimsoll plan --json` wrote' },
      {
        flags: '--runtime <name>',
        description:
          'auto, llama-server, llama-bench, a path of one, embedded, or http://HOST:PORT (its key: LLAMA_API_KEY)',
        default: 'auto',
      },
      { flags: '--out <file>', description: 'write the receipt there too' },
      { flags: '--force', description: 'run a plan that is refused; the watchdog stays' },
      { flags: '--ballast', description: 'run a stand-in of the model, written for it and removed again' },
      {
        flags: '--layers <n>',
        description: 'with --ballast: measure n layers and half of them, and scale up',
        parse: wholeNumber(2, 1e6),
      },
      {
        flags: '--whole',
        description: 'with --layers: run the whole in turns too, and say how far off they were',
      },
      {
        flags: '--starts <n>',
        description: 'start the runtime so often; starts differ by a tenth; default: 1',
        parse: wholeNumber(1, 20),
      },
      {
        flags: '--repetitions <n>',
        description: 'of each measurement; default: 3',
        parse: wholeNumber(1, 50),
      },
      {
        flags: '--prompt <tokens>',
        description: 'tokens read each time; default: 512',
        parse: wholeNumber(16, 65_536),
      },
      {
        flags: '--generate <tokens>',
        description: 'tokens written each time; default: 64',
        parse: wholeNumber(4, 4096),
      },
      {
        flags: '--depth <tokens>',
        description: 'tokens before the deeper measurement; default: what the context holds; 0: none',
        parse: wholeNumber(0, 2 ** 31 - 1),
      },
      { flags: '--load-seconds <s>', description: 'what loading may take', parse: positiveNumber },
      {
        flags: '--host-share <share>',
        description: 'end the run above this share of host memory; default: 0.97',
        parse: numberFrom(0),
      },
      {
        flags: '--least-available <mib>',
        description: 'end the run where less host memory is left; default: 384',
        parse: numberFrom(0),
      },
      {
        flags: '--max-temperature <c>',
        description: 'end the run where a GPU is hotter; default: 95',
        parse: positiveNumber,
      },
      { flags: '--profile <file>', description: 'machine to plan for; default: this one, as measured' },
      ...requestOptions,
    ],
  },
  async handler({ call, terminal, json }, options, reference) {
    if ((reference === '') === (options.plan === undefined)) throw oneOfTwo();
    const profile = options.profile === undefined ? null : await profileFrom(options.profile);
    const plan = options.plan === undefined ? null : await planFrom(options.plan);
    const answer = await call('trial.run', {
      reference: reference === '' ? null : reference,
      plan,
      profile,
      request: await requestFrom(options),
      runtime: runtimeOf(options.runtime),
      force: options.force ?? false,
      ballast: ballastOf(options),
      starts: options.starts,
      repetitions: options.repetitions,
      prompt: options.prompt,
      generate: options.generate,
      depth: options.depth ?? null,
      load_seconds: options.loadSeconds ?? null,
      limits: {
        host_share: options.hostShare ?? null,
        least_available_mib: options.leastAvailable ?? null,
        temperature_c: options.maxTemperature ?? null,
      },
    });
    const { receipt, not_kept: notKept } = answer;
    const place = options.out ?? answer.path;
    if (options.out !== undefined) await saveReport(options.out, formatReceipt(receipt));
    if (json) terminal.printRaw(formatReceipt(receipt));
    else terminal.print(receiptText(receipt, terminal));
    if (notKept !== null) terminal.say(notKept);
    if (place === null) return exitStatus.failed;
    terminal.say(`The receipt is in ${place}.`);
    return statusOf(receipt);
  },
};

function ballastOf({ ballast, layers, whole }: TrialOptions) {
  if (ballast === true) return { layers: layers ?? null, whole: whole ?? false };
  if (layers === undefined) return null;
  throw new ExpectedError(
    'usage',
    '--layers measures a part of a stand-in.',
    'Add --ballast, or leave --layers out.',
  );
}

/** A path as it stands here; a name or an address as it is. */
function runtimeOf(text: string): string {
  const isPath = /[/\\]/.test(text) && !/^https?:/i.test(text);
  return isPath ? resolve(text) : text;
}

/** Refuse where it fell below the floor, failed where the watchdog ended it. */
function statusOf(receipt: Receipt): number {
  if (receipt.stopped_by !== null) return exitStatus.failed;
  return receipt.cleared_floor === false ? exitStatus.refuse : exitStatus.done;
}

function oneOfTwo(): ExpectedError {
  return new ExpectedError(
    'usage',
    'A trial needs either a model or --plan FILE.',
    'Name a GGUF file on this machine, or a plan that `plimsoll plan REF --json` wrote.',
  );
}

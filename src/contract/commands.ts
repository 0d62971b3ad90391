import { z } from 'zod';
import { findingSchema } from '../core/finding';
import { planSchema } from '../core/plan/schema';
import { routingSchema } from '../core/routing/schema';
import { sweepSchema } from '../core/sweep/schema';
import { vllmPlanSchema } from '../core/vllm/schema';
import { ballastInputSchema, ballastOutputSchema } from './ballast';
import { command, nothing } from './commands/command';
import { machineCommands } from './commands/machine-commands';
import { modelCommands } from './commands/model-commands';
import { receiptCommands } from './commands/receipt-commands';
import { planInputSchema, sweepInputSchema } from './plans';
import { foundRuntimesSchema, trialInputSchema, trialOutputSchema } from './receipts';
import {
  runtimeInstalledSchema,
  runtimeKindSchema,
  runtimeListSchema,
  runtimeRemovedSchema,
} from './runtimes';
import { vllmGenerateInputSchema, vllmGenerateOutputSchema, vllmInputSchema } from './vllm';

/** The one table that types, client, IPC, HTTP and the command line derive from. */
export const commands = {
  /** Who is answering, and what it can do here. */
  'system.describe': command({
    input: nothing,
    output: z.object({
      version: z.string(),
      os: z.string(),
      data_directory: z.string(),
      /** Whether `model.choose` can open a file dialog. */
      file_dialogs: z.boolean(),
      /** Path of a llama-fit-params that `plan.make` can ask; null where none was found. */
      oracle: z.string().nullable().default(null),
      findings: z.array(findingSchema),
    }),
  }),

  ...machineCommands,
  ...modelCommands,

  /** Ship, refuse or unknown, with flags, memory and forecast. */
  'plan.make': command({ input: planInputSchema, output: planSchema }),

  /** The plan at every value of one choice, all else as asked. */
  'plan.sweep': command({ input: sweepInputSchema, output: sweepSchema }),

  /** Embedded runtimes in the data folder, and those that could be installed here. */
  'runtime.list': command({ input: nothing, output: runtimeListSchema }),

  /** Installs one through npm. Emits progress; can be cancelled. */
  'runtime.install': command({ input: runtimeKindSchema, output: runtimeInstalledSchema }),

  /** Removes one; false where there was none. */
  'runtime.remove': command({ input: runtimeKindSchema, output: runtimeRemovedSchema }),

  /** What a trial can run on here: programs of llama.cpp, and what was installed. */
  'trial.runtimes': command({ input: nothing, output: foundRuntimesSchema }),

  /** Runs a plan on a real runtime, watched, and keeps the receipt. Emits progress; can be cancelled. */
  'trial.run': command({ input: trialInputSchema, output: trialOutputSchema }),

  ...receiptCommands,

  /** Writes a GGUF file of a model's exact shape with random weights, whole or not at all. Emits progress; can be cancelled. */
  'ballast.write': command({ input: ballastInputSchema, output: ballastOutputSchema }),

  /** How concentrated a mixture's routing is, by an importance matrix in GGUF. */
  'routing.read': command({
    input: z.object({ path: z.string().min(1).max(4096) }),
    output: routingSchema,
  }),

  /** Whether a vLLM deployment fits, how fast, and what to set. */
  'vllm.plan': command({ input: vllmInputSchema, output: vllmPlanSchema }),

  /** The files that start a vLLM deployment; written where a folder is named, never over what is there unless forced. */
  'vllm.generate': command({ input: vllmGenerateInputSchema, output: vllmGenerateOutputSchema }),

  /** Stops a running call by the id its caller gave it. */
  'task.cancel': command({
    input: z.object({ task: z.string() }),
    output: z.object({ cancelled: z.boolean() }),
  }),
} as const;

export type CommandName = keyof typeof commands;
/** What a caller writes: fields with defaults may be left out. */
export type CommandInput<Name extends CommandName> = z.input<(typeof commands)[Name]['input']>;
/** What a handler receives: every default filled in. */
export type ParsedInput<Name extends CommandName> = z.output<(typeof commands)[Name]['input']>;
export type CommandOutput<Name extends CommandName> = z.output<(typeof commands)[Name]['output']>;

/** Whether a string from outside names a command. */
export function isCommandName(name: string): name is CommandName {
  return Object.hasOwn(commands, name);
}

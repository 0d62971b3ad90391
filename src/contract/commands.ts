import { z } from 'zod';
import { catalogSchema } from '../core/catalog/catalog';
import { calibrationSchema } from '../core/calibration/schema';
import { scoreSchema } from '../core/calibration/score-schema';
import { catalogEntrySchema } from '../core/catalog/schema';
import { findingSchema } from '../core/finding';
import { modelSchema } from '../core/model/schema';
import { planSchema } from '../core/plan/schema';
import { comparisonSchema } from '../core/profile/comparison';
import { profileSchema } from '../core/profile/schema';
import { routingSchema } from '../core/routing/schema';
import { receiptSchema } from '../core/receipt/schema';
import { sweepSchema } from '../core/sweep/schema';
import { vllmPlanSchema } from '../core/vllm/schema';
import { ballastInputSchema, ballastOutputSchema } from './ballast';
import { planInputSchema, profileChoice, sweepInputSchema } from './plans';
import { foundModelSchema, keptMeasurementSchema, probePlanSchema } from './records';
import {
  foundRuntimesSchema,
  receiptIds,
  receiptListSchema,
  trialInputSchema,
  trialOutputSchema,
} from './receipts';
import {
  runtimeInstalledSchema,
  runtimeKindSchema,
  runtimeListSchema,
  runtimeRemovedSchema,
} from './runtimes';
import { vllmGenerateInputSchema, vllmGenerateOutputSchema, vllmInputSchema } from './vllm';

interface Definition<Input extends z.ZodType, Output extends z.ZodType> {
  readonly input: Input;
  readonly output: Output;
}

function command<Input extends z.ZodType, Output extends z.ZodType>(
  definition: Definition<Input, Output>,
): Definition<Input, Output> {
  return definition;
}

const nothing = z.object({});

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

  /** The profile in the store; null where this machine was not measured yet. */
  'profile.current': command({
    input: nothing,
    output: z.object({ profile: profileSchema.nullable(), path: z.string() }),
  }),

  /** What a whole probe would write and where, before it is asked to. */
  'profile.prepare': command({
    input: z.object({
      /** None: the one that would be measured. */
      directories: z.array(z.string()).default([]),
      /** Where none is given, also tells of every other folder to choose from: where models lie, and home. */
      offer: z.boolean().default(false),
    }),
    output: z.object({ disks: z.array(probePlanSchema) }),
  }),

  /** Measures this machine and saves the profile. Emits progress; can be cancelled. */
  'profile.measure': command({
    input: z.object({
      /** No disk and a short bandwidth run: about two seconds. */
      quick: z.boolean().default(false),
      /** Folders whose disk to measure; none measures no disk. */
      directories: z.array(z.string()).default([]),
      /** Largest file to write there. */
      disk_file_gib: z.number().min(1).max(4).default(4),
      /** Where to save; null for the store. */
      out: z.string().nullable().default(null),
    }),
    output: z.object({ profile: profileSchema, path: z.string() }),
  }),

  /** The measurements of this machine that are kept by date, the newest first. */
  'profile.history': command({
    input: nothing,
    output: z.object({ measurements: z.array(keptMeasurementSchema) }),
  }),

  /** What changed between two profiles beyond the measured spread; null where there is no earlier one. */
  'profile.compare': command({
    input: z.object({
      /** A profile, or the id of one of the history; the newest there that is older than `after` where null. */
      before: z
        .union([profileSchema, z.string().max(64)])
        .nullable()
        .default(null),
      after: profileChoice,
    }),
    output: z.object({ comparison: comparisonSchema.nullable() }),
  }),

  /** What costs speed or safety, by a profile: of this machine where null, and then held against it. */
  'doctor.diagnose': command({
    input: z.object({ profile: profileChoice }),
    output: z.object({ created: z.string(), findings: z.array(findingSchema) }),
  }),

  /** Reads a profile from text (this program's, older, newer, or the seed's 0.1.0) and keeps it as the current one. */
  'profile.import': command({
    input: z.object({ text: z.string().max(16 * 2 ** 20) }),
    output: z.object({ profile: profileSchema, path: z.string() }),
  }),

  /** The current profile as the text of a file. */
  'profile.export': command({
    input: z.object({ format: z.enum(['plimsoll', 'gpu-container']).default('plimsoll') }),
    output: z.object({ file_name: z.string(), text: z.string() }),
  }),

  /** Lets the user pick a model file; null where the dialog was closed. */
  'model.choose': command({
    input: nothing,
    output: z.object({ path: z.string().nullable() }),
  }),

  /**
   * What a model is made of: a GGUF file, a config.json or a catalog name, with `:QUANT` where it has none, `hf:ORG/REPO[@REVISION][:QUANT][/FILE]`,
   * or an address: http and https only, read as far as its header, with the token of the hub sent to the hub alone.
   */
  'model.read': command({
    input: z.object({ reference: z.string().min(1).max(4096) }),
    output: modelSchema,
  }),

  /** The models known by name. */
  'model.catalog': command({
    input: nothing,
    output: z.object({ entries: z.array(catalogEntrySchema) }),
  }),

  /** Cards, servers, storage and models known by their attention, with the user's own rows: those that are kept and those of these files. */
  'catalog.read': command({
    input: z.object({ files: z.array(z.string().min(1).max(4096)).max(32).default([]) }),
    output: catalogSchema.extend({ paths: z.array(z.string()) }),
  }),

  /** Keeps a file of the user's own rows, under its own name: it counts from now on. */
  'catalog.keep': command({
    input: z.object({ file: z.string().min(1).max(4096) }),
    output: z.object({ path: z.string() }),
  }),

  /** The same with a text, for who has no path: a file that was picked in a browser. */
  'catalog.import': command({
    input: z.object({
      file_name: z.string().min(1).max(255),
      text: z.string().max(2 ** 20),
    }),
    output: z.object({ path: z.string() }),
  }),

  /** Names of the files of the user's own rows that are kept, whether they can be read or not. */
  'catalog.files': command({
    input: nothing,
    output: z.object({ files: z.array(z.string()) }),
  }),

  /** Removes one of these; its rows count no more. */
  'catalog.remove': command({
    input: z.object({ file_name: z.string().min(1).max(255) }),
    output: z.object({ path: z.string() }),
  }),

  /** Model files in the usual folders of this machine and in those given. */
  'model.find': command({
    input: z.object({
      directories: z.array(z.string()).default([]),
      /** Whether a verdict is wanted of each. */
      judged: z.boolean().default(true),
    }),
    output: z.object({ models: z.array(foundModelSchema) }),
  }),

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

  /** The receipts kept, the newest first, and how well the forecasts held over all of them. */
  'receipt.list': command({ input: nothing, output: receiptListSchema }),

  /** One receipt, with the plan it was measured against. */
  'receipt.show': command({
    input: z.object({ id: receiptIds.element }),
    output: z.object({ receipt: receiptSchema }),
  }),

  /** Adds to a receipt how its model routes a text, by an importance matrix in GGUF. */
  'receipt.carry-routing': command({
    input: z.object({ id: receiptIds.element, path: z.string().min(1).max(4096) }),
    output: z.object({ receipt: receiptSchema }),
  }),

  /** Predicted beside measured for these receipts; for all where the list is empty. */
  'receipt.compare': command({
    input: z.object({ ids: receiptIds.default([]) }),
    output: receiptListSchema.omit({ damaged: true }),
  }),

  /** How well the receipts kept forecast each other: each from those that remain when it is left out. Emits progress; can be cancelled. */
  'receipt.score': command({ input: nothing, output: scoreSchema }),

  /** What the receipts kept teach of the machine of the profile in the store; null where it was not measured. */
  'calibration.current': command({
    input: nothing,
    output: z.object({ calibration: calibrationSchema.nullable() }),
  }),

  /** Receipts as the text of a file; all where the list is empty. */
  'receipt.export': command({
    input: z.object({ ids: receiptIds.default([]) }),
    output: z.object({ file_name: z.string(), text: z.string() }),
  }),

  /** Keeps the receipts of a text; those that contradict themselves are marked, and those that are none told by position. */
  'receipt.import': command({
    input: z.object({ text: z.string().max(256 * 2 ** 20) }),
    output: z.object({
      imported: z.array(z.string()),
      /** How many were here before. */
      already: z.number(),
      /** Those of `imported` that are marked as disturbed because their figures cannot be. */
      doubtful: z.array(z.string()),
      refused: z.array(z.object({ position: z.number(), message: z.string() })),
    }),
  }),

  /** Removes receipts. */
  'receipt.remove': command({
    input: z.object({ ids: receiptIds.min(1) }),
    output: z.object({ removed: z.array(z.string()) }),
  }),

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

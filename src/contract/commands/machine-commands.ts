import { z } from 'zod';
import { findingSchema } from '../../core/finding';
import { comparisonSchema } from '../../core/profile/comparison';
import { profileSchema } from '../../core/profile/schema';
import { profileChoice } from '../plans';
import { keptMeasurementSchema, probePlanSchema } from '../records';
import { command, nothing } from './command';

/** What is known of a machine: its profile, kept ones, and what costs speed or safety. */
export const machineCommands = {
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

  /** What costs speed or safety, by a profile: of this machine where null, and then held against it. */
  'doctor.diagnose': command({
    input: z.object({ profile: profileChoice }),
    output: z.object({ created: z.string(), findings: z.array(findingSchema) }),
  }),
} as const;

import { z } from 'zod';
import { calibrationSchema } from '../../core/calibration/schema';
import { scoreSchema } from '../../core/calibration/score-schema';
import { receiptSchema } from '../../core/receipt/schema';
import { receiptIds, receiptListSchema } from '../receipts';
import { command, nothing } from './command';

/** Receipts of trials, and what they teach. */
export const receiptCommands = {
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

  /** What the receipts kept teach of the machine of the profile in the store; null where it was not measured. */
  'calibration.current': command({
    input: nothing,
    output: z.object({ calibration: calibrationSchema.nullable() }),
  }),
} as const;

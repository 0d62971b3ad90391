import { z } from 'zod';
import { catalogSchema } from '../../core/catalog/catalog';
import { catalogEntrySchema } from '../../core/catalog/schema';
import { modelSchema } from '../../core/model/schema';
import { foundModelSchema } from '../records';
import { command, nothing } from './command';

/** What is known of models, and the catalog with the user’s own rows. */
export const modelCommands = {
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

  /** Model files in the usual folders of this machine and in those given. */
  'model.find': command({
    input: z.object({
      directories: z.array(z.string()).default([]),
      /** Whether a verdict is wanted of each. */
      judged: z.boolean().default(true),
    }),
    output: z.object({ models: z.array(foundModelSchema) }),
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
} as const;

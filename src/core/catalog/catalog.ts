import { z } from 'zod';
import { attentionRows } from './attention/attention-rows';
import { attentionRowSchema } from './attention/schema';
import { catalogGpus } from './gpus/gpus';
import { gpuSpecSchema } from './gpus/schema';
import { serverSpecSchema } from './servers/schema';
import { catalogServers } from './servers/servers';
import { storageSpecSchema } from './storage/schema';
import { catalogStorage } from './storage/storage';
import { type UserCatalog, withOwnRows } from './user-catalog';

/** Everything known by name but the models with a config, which `catalogEntries` has. */
export const catalogSchema = z.object({
  gpus: z.array(gpuSpecSchema),
  servers: z.array(serverSpecSchema),
  storage: z.array(storageSpecSchema),
  /** Models known by their attention alone. */
  models: z.array(attentionRowSchema),
});
export type Catalog = z.infer<typeof catalogSchema>;

/** The built-in rows and the user's own, which stand in the place of built-in ones of the same name. */
export function catalogWith(own: UserCatalog): Catalog {
  return {
    gpus: [...withOwnRows(catalogGpus(), own.gpus, ({ id }) => id)],
    servers: [...withOwnRows(catalogServers(), own.servers, ({ name }) => name)],
    storage: [...withOwnRows(catalogStorage(), own.storage, ({ name }) => name)],
    models: [...withOwnRows(attentionRows(), own.models, ({ name }) => name)],
  };
}

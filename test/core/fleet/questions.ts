import { attentionRows } from '../../../src/core/catalog/attention/attention-rows';
import { catalogModel } from '../../../src/core/catalog/models';
import { catalogServers } from '../../../src/core/catalog/servers/servers';
import { catalogStorage } from '../../../src/core/catalog/storage/storage';
import { type FleetModel, fleetModelOf, fleetModelOfRow } from '../../../src/core/fleet/fleet-model';
import { fleetRequestSchema } from '../../../src/core/fleet/schema';
import type { FleetQuestion } from '../../../src/core/fleet/size-fleet';

/** A model known by its attention alone. */
export function rowModel(name: string): FleetModel {
  return fleetModelOfRow(attentionRows().find((row) => row.name === name)!);
}

/** A model of the catalog with its weights. */
export function wholeModel(name: string, quant = 'F16'): FleetModel {
  return fleetModelOf(name, catalogModel(name, quant)!)!;
}

/** The question of the documentation's example, with changes: 1,000 sessions of 128k tokens on a DGX B300. */
export function question(
  request: object = {},
  { model = rowModel('opt-oss-120b'), server = 'dgx300' }: { model?: FleetModel; server?: string } = {},
): FleetQuestion {
  return {
    model,
    server: catalogServers().find(({ name }) => name === server)!,
    storage: catalogStorage()[0]!,
    request: fleetRequestSchema.parse({ concurrency: 1000, effective_context: 131072, ...request }),
  };
}

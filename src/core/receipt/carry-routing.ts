import type { Routing } from '../routing/schema';
import { summariseRouting } from '../routing/summarise-routing';
import type { Receipt } from './schema';

/** A receipt that carries how its model routed a text, in the seed's three fields and whole. */
export function carryRouting(receipt: Receipt, routing: Routing): Receipt {
  return {
    ...receipt,
    routing_cache_helps: routing.routing_cache_helps,
    routing_hot_frac_for_coverage: routing.routing_hot_frac_for_coverage,
    routing_concentration: routing.routing_concentration,
    routing: summariseRouting(routing),
  };
}

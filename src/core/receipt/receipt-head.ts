import { z } from 'zod';
import { memoryResidualSchema, receiptSchema, type Receipt } from './schema';

const fields = receiptSchema.shape;

/** What a list of receipts shows of each: enough for the plot, the residuals and the filters. */
export const receiptHeadSchema = z.object({
  id: fields.id,
  created: z.string(),
  model: z.string(),
  architecture: z.string().nullable(),
  quant: z.string().nullable(),
  ballast: z.boolean(),
  tool: z.string(),
  /** Where the weights lay: `gpu`, `host` or both; null where that is not known. */
  place: z.enum(['gpu', 'host', 'gpu+host']).nullable(),
  profile_id: z.string().nullable(),
  imported: z.boolean(),
  measured_decode_tok_s: fields.measured_decode_tok_s,
  measured_prefill_tok_s: fields.measured_prefill_tok_s,
  predicted_decode_tok_s: fields.predicted_decode_tok_s,
  low_decode_tok_s: z.number().nullable(),
  high_decode_tok_s: z.number().nullable(),
  ceiling_decode_tok_s: fields.ceiling_decode_tok_s,
  decode_error_pct: fields.decode_error_pct,
  within_band: fields.within_band,
  disturbed: z.boolean(),
  disturbances: fields.disturbances,
  memory: z.array(memoryResidualSchema),
});
export type ReceiptHead = z.infer<typeof receiptHeadSchema>;

/** A receipt in short. */
export function headOf(receipt: Receipt): ReceiptHead {
  const { model, conditions, plan } = receipt;
  return {
    id: receipt.id,
    created: receipt.created,
    model: model.name,
    architecture: model.architecture,
    quant: model.quant,
    ballast: model.ballast,
    tool: conditions.tool,
    place: placeOf(receipt),
    profile_id: conditions.profile_id,
    imported: receipt.imported,
    measured_decode_tok_s: receipt.measured_decode_tok_s,
    measured_prefill_tok_s: receipt.measured_prefill_tok_s,
    predicted_decode_tok_s: receipt.predicted_decode_tok_s,
    low_decode_tok_s: plan?.decode.low_tok_s ?? null,
    high_decode_tok_s: plan?.decode.high_tok_s ?? null,
    ceiling_decode_tok_s: receipt.ceiling_decode_tok_s,
    decode_error_pct: receipt.decode_error_pct,
    within_band: receipt.within_band,
    disturbed: receipt.disturbed,
    disturbances: receipt.disturbances,
    memory: receipt.memory,
  };
}

/** The input embedding lies on the host whatever the plan, so all layers on the GPU count as `gpu`. */
function placeOf({ conditions, plan }: Receipt): ReceiptHead['place'] {
  if (conditions.devices === null || conditions.gpu_layers === null) return null;
  if (conditions.gpu_layers === 0 || !conditions.devices.some((device) => device !== 'host')) return 'host';
  const layers = plan?.memory.find(({ device }) => device === 'host');
  const onHost = (conditions.cpu_moe_layers ?? 0) > 0 || holdsLayers(plan, layers?.model_bytes ?? null);
  return onHost ? 'gpu+host' : 'gpu';
}

function holdsLayers(plan: Receipt['plan'], hostBytes: number | null): boolean {
  if (plan === null || hostBytes === null) return false;
  const all = plan.memory.reduce((sum, row) => sum + (row.model_bytes ?? 0), 0);
  return hostBytes > EMBEDDING_SHARE * all;
}

/** An input embedding is at most about a quarter of a small model with a large vocabulary. */
const EMBEDDING_SHARE = 0.3;

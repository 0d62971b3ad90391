import { z } from 'zod';
import { samplesSchema } from '../figure';
import { findingSchema } from '../finding';
import { routingSummarySchema } from '../routing/schema';
import { bandwidthReadingSchema } from './readings';
import { planSchema } from '../plan/schema';

/** The version this program writes. It reads every 1.x: unknown keys are kept, missing ones are null. */
export const RECEIPT_SCHEMA_VERSION = '1.3.0';

/** Names a file, so it holds nothing that a path could be made of. */
export const receiptIdSchema = z.string().regex(/^[A-Za-z0-9][A-Za-z0-9_-]{0,79}$/);

const text = z.string().nullable().default(null);
const flag = z.boolean().nullable().default(null);
const figure = z.number().nullable().default(null);
const size = z.number().nonnegative().nullable().default(null);
const count = z.number().int().nonnegative().nullable().default(null);

/** What was run, and under which conditions: receipts are only compared with those of like conditions. */
export const conditionsSchema = z.looseObject({
  /** `llama-bench`, `llama-server`, `llama-server-url` for one that was already running, `node-llama-cpp` for the embedded one. */
  tool: z.string(),
  /** As the program names itself, e.g. `0.5.0-dev (build 1, commit de3ff81)`. */
  build: text,
  backends: text,
  /** Arguments without the program; null where somebody else started it. */
  argv: z.array(z.string()).nullable().default(null),
  env: z.record(z.string(), z.string()).default({}),
  context: count,
  sequences: count,
  batch: count,
  micro_batch: count,
  kv_type_k: text,
  kv_type_v: text,
  flash_attention: flag,
  split_mode: text,
  gpu_layers: count,
  cpu_moe_layers: count,
  threads: count,
  load_mode: text,
  /** Names of the devices that held weights, as the plan calls them: `gpu0`, `host`. */
  devices: z.array(z.string()).nullable().default(null),
  driver_version: text,
  /** Of the machine that ran it: `machineId`. */
  profile_id: text,
  /** Of the machine that the plan was made for, where that is another. */
  plan_profile_id: text,
  cpu: text,
  /** Its second and third level together, which hold different lines on some; null where either is not known, and before 1.3. */
  cpu_cache_bytes: size,
  os: text,
  /** `mains` or `battery`. */
  power_source: text,
});

export const phases = ['decode', 'prefill'] as const;

/** Speed of one phase with this many tokens before it. */
export const speedAtDepthSchema = z.object({
  phase: z.enum(phases),
  /** Tokens in the cache before it. */
  depth: z.number().int().nonnegative(),
  /** Tokens read or written each time. */
  tokens: z.number().int().positive(),
  tok_s: samplesSchema,
  /** What one token takes of everything that costs time (`core/calibration/cost-names.ts`); null where that is not known. */
  amounts: z.record(z.string().max(80), z.number().nonnegative()).nullable().default(null),
});

/** Why a start of the runtime does not count where another one does: memory changed, repetitions lay apart, other programs ran. */
const startFaults = ['moved', 'unsteady', 'busy'] as const;

export const memoryComponents = ['model', 'context', 'compute', 'output', 'overhead'] as const;

/** One component on one device: what the runtime said it took beside what the plan said it would. */
export const memoryResidualSchema = z.looseObject({
  device: z.string(),
  component: z.enum(memoryComponents),
  measured_bytes: size,
  predicted_bytes: size,
  /** 100 · (measured − predicted) / predicted; null where either is unknown or nothing was predicted. */
  error_pct: figure,
});

export const disturbanceSchema = z.looseObject({ code: z.string(), message: z.string() });

/** The most and least of everything that was watched. Null: not to be read here. */
export const envelopeSchema = z.looseObject({
  samples: z.number().int().nonnegative(),
  seconds: z.number().nonnegative(),
  peak_rss_bytes: size,
  peak_host_used_bytes: size,
  peak_host_share: size,
  least_available_bytes: size,
  gpus: z
    .array(
      z.looseObject({
        device: z.string(),
        peak_memory_bytes: size,
        /** Before the run. */
        idle_memory_bytes: size,
        peak_temperature_c: size,
        peak_power_w: size,
        power_limit_w: size,
        /** Widest and fastest link that was seen, and what the card could do. */
        link_width: count,
        link_width_max: count,
        link_generation: count,
        link_generation_max: count,
        throttle: z.array(z.string()),
      }),
    )
    .default([]),
  /** Processor time of others, 0 to 1 of the whole machine. */
  other_cpu_share: size,
});

/** One start of the runtime among several. */
const startSchema = z.object({
  /** Medians at the least depth. */
  decode_tok_s: size,
  prefill_tok_s: size,
  /** Which of the readings are its own. */
  start: count,
  /** Null where it counts; where all of them have one they all count. */
  fault: z.enum(startFaults).nullable().default(null),
  speeds: z.array(speedAtDepthSchema.omit({ amounts: true })).default([]),
});

/** A forecast for what memory gave right before, which no plan can know. */
const forecastAtReadingSchema = z.object({
  /** 10^9 bytes a second of host memory, the median of what was read before each start that counts. */
  gbps: z.number().positive(),
  forecast_tok_s: z.number().positive(),
  low_tok_s: z.number().positive(),
  high_tok_s: z.number().positive(),
  /** 100 · (measured − forecast) / forecast. */
  error_pct: z.number(),
  within_band: z.boolean(),
  /** Measured speeds that it rests on. */
  samples: z.number().int().nonnegative(),
});

export const receiptSchema = z.looseObject({
  schema_version: z.string().regex(/^1\.\d+\.\d+$/),
  id: receiptIdSchema,
  /** ISO 8601, UTC. */
  created: z.string(),
  generator: z.string(),

  runtime: z.string(),
  n_cpu_moe: count,
  measured_decode_tok_s: size,
  measured_prefill_tok_s: size,
  measured_vram_used_mib: size,
  predicted_decode_tok_s: size,
  ceiling_decode_tok_s: size,
  decode_error_pct: figure,
  realized_efficiency_pct: figure,
  within_band: flag,
  cleared_floor: flag,
  routing_cache_helps: flag,
  routing_hot_frac_for_coverage: size,
  routing_concentration: size,
  /** How the mixture routed a text, where that was looked at. */
  routing: routingSummarySchema.nullable().default(null),
  peak_gpu_power_pct: size,
  peak_gpu_temp_c: size,
  peak_gpu_vram_used_mib: size,
  peak_host_mem_pct: size,
  min_host_avail_mib: size,
  safety_samples: count,
  stayed_within_envelope: flag,
  method: text,
  notes: z.array(z.string()).default([]),

  model: z.looseObject({
    name: z.string(),
    architecture: text,
    quant: text,
    /** SHA-256 of the header: metadata and tensor table. */
    header_sha256: text,
    file_bytes: count,
    /** A stand-in with random weights. */
    ballast: z.boolean().default(false),
    /** The same for a model and its stand-in (`core/calibration/likeness.ts`). */
    shape: text,
  }),
  conditions: conditionsSchema,
  speeds: z.array(speedAtDepthSchema).default([]),
  /** Each start of the runtime, where it was started more than once; of receipts before 1.2 those that count. */
  starts: z.array(startSchema).default([]),
  /** Where nothing of this was measured itself: the receipts of how many of its layers it was worked out from. */
  scaled: z
    .object({
      layers: z.array(z.number().int().positive()),
      of: z.number().int().positive(),
      receipts: z.array(receiptIdSchema),
      /** The whole itself, where it was measured in turns with its parts, and how far off what was worked out is, in %. */
      whole: z
        .object({ receipt: receiptIdSchema, decode_tok_s: samplesSchema, error_pct: figure })
        .nullable()
        .default(null),
    })
    .nullable()
    .default(null),
  /** From the receipts that were there before it; null where nothing was read or learnt, and before 1.2. */
  at_reading: forecastAtReadingSchema.nullable().default(null),
  /** Bandwidths that were read beside the run; empty in receipts before 1.1. */
  readings: z.array(bandwidthReadingSchema).default([]),
  /** Bandwidths that the machine was measured at, by device. */
  rates: z.array(z.object({ device: z.string(), bytes_per_second: z.number().positive() })).default([]),
  memory: z.array(memoryResidualSchema).default([]),
  envelope: envelopeSchema.nullable().default(null),
  /** Why the watchdog ended the run; null where it ran to its end. */
  stopped_by: disturbanceSchema.nullable().default(null),
  /** Made elsewhere, and read from a file. */
  imported: z.boolean().default(false),
  /** A disturbed run is kept and shown, and not learnt from. */
  disturbed: z.boolean().default(false),
  disturbances: z.array(disturbanceSchema).default([]),
  findings: z.array(findingSchema).default([]),
  plan: planSchema.nullable().default(null),
});

export type Receipt = z.infer<typeof receiptSchema>;
export type Conditions = z.infer<typeof conditionsSchema>;
export type SpeedAtDepth = z.infer<typeof speedAtDepthSchema>;
/** As a runtime gives it, before it is known what a token took. */
export type MeasuredSpeed = Omit<SpeedAtDepth, 'amounts'>;
export type StartFault = (typeof startFaults)[number];

export type MemoryResidual = z.infer<typeof memoryResidualSchema>;
export type MemoryComponent = (typeof memoryComponents)[number];
export type Disturbance = z.infer<typeof disturbanceSchema>;
export type Envelope = z.infer<typeof envelopeSchema>;

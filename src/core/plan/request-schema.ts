import { z } from 'zod';

/** Types a KV cache can have (llama.cpp `-ctk`, `-ctv`). */
export const kvTypes = ['f32', 'f16', 'bf16', 'q8_0', 'q5_1', 'q5_0', 'q4_1', 'q4_0', 'iq4_nl'] as const;

/** Caches that the planner may come to where it is left the choice; below 4 bits nobody recommends one. */
export const automaticKvTypes: readonly (typeof kvTypes)[number][] = ['q8_0', 'q4_0'];

/** What a plan is to be best at, among the placements that fit. */
export const objectives = ['fastest-decode', 'longest-context', 'shortest-turn', 'least-vram'] as const;

export const splitModes = ['none', 'layer', 'row'] as const;

/** Whose memory is planned: llama-server's, or that of the runtime which Plimsoll installs. */
export const plannedRuntimes = ['llama-server', 'embedded'] as const;

const wish = z.number().int().nonnegative().nullable().default(null);
const tokens = z
  .number()
  .int()
  .positive()
  .max(2 ** 31 - 1)
  .nullable()
  .default(null);
/** Devices that llama.cpp can be given shares of: `-ts` takes one fewer than `llama_max_devices` (`common/arg.cpp`). */
export const MOST_DEVICES = 15;
/** llama.cpp's own bound of `-ot` entries (`llama_max_tensor_buft_overrides`). */
const MOST_OVERRIDES = 4096;

/** A device as rows of memory name it: `gpu0`, `gpu1`, … in PCI order, or `host`. */
const deviceName = z.string().regex(/^(host|gpu\d{1,3})$/u, {
  error: 'A device is called host, or gpu0, gpu1, … in the order of the PCI bus.',
});

/** 1 PiB, more than any device has; bytes must stay whole numbers. */
export const MOST_MIB = 2 ** 30;
const mebibytes = z.number().nonnegative().max(MOST_MIB);

/** Memory that something else needs on a device. */
export const reserveSchema = z.object({
  /** Null: on every device and on the host. */
  device: deviceName.nullable(),
  mib: mebibytes,
  /** What needs it, in a few words. */
  what: z.string().max(200),
});

/** `-ot PATTERN=BUFFER`: tensors whose name matches lie on this device. */
export const overrideSchema = z.object({ pattern: z.string().min(1).max(1000), device: deviceName });

/** What is asked of a plan. Null: the planner chooses, by the defaults of each field. */
export const planRequestSchema = z.object({
  /** The embedded runtime has no `-ncmoe -ot -nkvo -ts --no-repack`, and one GPU: a plan for it goes without. */
  runtime: z.enum(plannedRuntimes).default('llama-server'),
  /** Tokens; default min(8192, trained), with the objective `longest-context` as many as fit. Padded to 256 as llama.cpp does. */
  context: tokens,
  /** Sequences that share the context. */
  parallel: z.number().int().min(1).max(256).default(1),
  kv_type_k: z.enum(kvTypes).default('f16'),
  kv_type_v: z.enum(kvTypes).default('f16'),
  /** Further types that both caches may be given where it helps the objective. */
  search_kv_types: z.array(z.enum(kvTypes)).default([]),
  flash_attention: z.boolean().default(true),
  batch: z
    .number()
    .int()
    .min(1)
    .max(2 ** 20)
    .default(2048),
  micro_batch: z
    .number()
    .int()
    .min(1)
    .max(2 ** 20)
    .default(512),
  /** Let the planner choose the micro-batch; `micro_batch` is then where it begins. */
  search_micro_batch: z.boolean().default(false),
  /** Default: physical cores. */
  threads: z.number().int().min(1).max(1024).nullable().default(null),
  objective: z.enum(objectives).default('fastest-decode'),
  /** Tokens of a turn, for the objective `shortest-turn`; default 2048 and 512. */
  prompt_tokens: tokens,
  answer_tokens: tokens,
  /** GPUs to use, in llama.cpp's order (`-dev`). None: the host alone. Default: those that serve the objective. */
  devices: z.array(deviceName).max(MOST_DEVICES).nullable().default(null),
  /** `-ngl`, fixed by the user. Default: what serves the objective. */
  gpu_layers: wish,
  /** `-ncmoe`, fixed by the user. Default: as few as fit. */
  cpu_moe_layers: wish,
  /** `-ts`, fixed by the user: one share for each of `devices`. */
  tensor_split: z.array(z.number().nonnegative()).max(MOST_DEVICES).nullable().default(null),
  /** `-sm`. Default: `layer` over several GPUs, `none` for one. */
  split_mode: z.enum(splitModes).nullable().default(null),
  /** `-ot`, fixed by the user; the first that matches a tensor wins. */
  overrides: z.array(overrideSchema).max(MOST_OVERRIDES).default([]),
  /** False is `-nkvo`: the cache stays on the host. Default: what serves the objective. */
  offload_cache: z.boolean().nullable().default(null),
  /** Tokens a second below which the answer is refuse. Null: 1, and an unknown speed still ships. */
  floor_tok_s: z.number().positive().nullable().default(null),
  /** Left free on each device; llama.cpp's own default. */
  margin_mib: mebibytes.default(1024),
  /** Left free on the host. */
  host_headroom_mib: mebibytes.default(2048),
  /** Held back on every budget for what else must run. */
  reserve_mib: mebibytes.default(0),
  /** The same by device, each with what needs it. */
  reserves: z.array(reserveSchema).max(64).default([]),
  /** Most that may be used of a device, in MiB, in place of what is free less margin; reserves are still held back. */
  budgets_mib: z.record(deviceName, mebibytes).default({}),
  /** Let mapped weights exceed host memory; the forecast then counts the disk. */
  allow_paging: z.boolean().default(false),
});

export type KvType = (typeof kvTypes)[number];
export type Objective = (typeof objectives)[number];
export type PlanRequest = z.infer<typeof planRequestSchema>;

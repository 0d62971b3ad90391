import { z } from 'zod';

/** Both ends speak this version, or do not understand each other. */
export const PROTOCOL_VERSION = 1;

/** More cards, slices or samples than any machine has; a longer list is not ours. */
const MANY = 128;
const text = z.string().max(256);
const whole = z.number().int().nonnegative();
const bytes = whole.max(Number.MAX_SAFE_INTEGER);

/** What the prober is asked, as its only argument. */
export const requestSchema = z.object({
  v: z.literal(PROTOCOL_VERSION),
  /** Whether to create CUDA contexts and measure, which takes seconds; otherwise NVML's figures only. */
  measure: z.boolean(),
  /** Most host memory to pin. */
  pin_bytes: bytes,
});
export type ProberRequest = z.infer<typeof requestSchema>;

/** A native call that gave nothing: its status, or no status where the library has no such function. */
export const failureSchema = z.object({ call: text, code: z.number().int().nullable(), text });
export type CallFailure = z.infer<typeof failureSchema>;

const answer = <T extends z.ZodType>(value: T) => z.union([z.object({ value }), failureSchema]);
/** What a native call gave, or how it failed. */
export type Answer<T> = { readonly value: T } | CallFailure;

/** `version` is that of the struct: v1 counts what the driver reserves as used, and does not tell it. */
const memorySchema = z.object({
  version: z.union([z.literal(1), z.literal(2)]),
  total: bytes,
  free: bytes,
  used: bytes,
  reserved: bytes.nullable(),
});
export type CardMemory = z.infer<typeof memorySchema>;

const sliceSchema = z.object({ name: answer(text), uuid: answer(text), memory: answer(memorySchema) });

const cardSchema = z.object({
  kind: z.literal('card'),
  position: whole.max(MANY),
  name: answer(text),
  uuid: answer(text),
  bus_id: answer(text),
  memory: answer(memorySchema),
  compute_capability: answer(text),
  pcie_gen: answer(whole),
  pcie_gen_max: answer(whole),
  pcie_width: answer(whole),
  pcie_width_max: answer(whole),
  mig: answer(z.boolean()),
  slices: z.array(sliceSchema).max(MANY),
  addressing: answer(z.enum(['None', 'HMM', 'ATS'])),
});
/** One card as NVML describes it. */
export type NvmlCard = z.infer<typeof cardSchema>;

const deviceSchema = z.object({
  kind: z.literal('device'),
  ordinal: whole.max(MANY),
  name: answer(text),
  uuid: answer(text),
  bus_id: answer(text),
  total: answer(bytes),
  compute_capability: answer(text),
  integrated: answer(z.boolean()),
  managed: answer(z.boolean()),
  concurrent_managed: answer(z.boolean()),
});
/** One device as the CUDA driver describes it. `uuid` is without the leading `GPU-` or `MIG-`. */
export type CudaDevice = z.infer<typeof deviceSchema>;

const contextSchema = z.object({
  kind: z.literal('context'),
  ordinal: whole,
  /** What free memory lost while the context was created. */
  overhead: answer(z.number().int()),
  /** Free as the process sees it, with its context. */
  free: answer(bytes),
});

export const copyPaths = ['h2d', 'd2h', 'd2d'] as const;
export type CopyPath = (typeof copyPaths)[number];

const copySchema = z.object({
  kind: z.literal('copy'),
  ordinal: whole,
  path: z.enum(copyPaths),
  /** Bytes of one copy; 0 where no buffer was to be had. */
  buffer: bytes,
  /** 10^9 bytes copied a second. */
  samples: answer(z.array(z.number().positive()).min(1).max(MANY)),
  /** Whether the thread ran on the processors nearest to the card. */
  near: z.boolean(),
});
export type CopyReading = z.infer<typeof copySchema>;

const linkSchema = z.object({
  kind: z.literal('link'),
  ordinal: whole,
  gen: answer(whole),
  width: answer(whole),
});
export type LinkReading = z.infer<typeof linkSchema>;

export const pinStops = ['refused', 'limit', 'time'] as const;

const pinnedSchema = z.object({
  kind: z.literal('pinned'),
  bytes,
  /** What ended it: the driver's refusal, or our own limit of memory or time. */
  stop: z.enum(pinStops),
  /** The refusal, where it was one. */
  failure: failureSchema.nullable(),
});
export type PinnedReading = z.infer<typeof pinnedSchema>;

/** What the prober says, one JSON object a line, each with `v`. */
const messageSchema = z.discriminatedUnion('kind', [
  /** Said before a call that may take long, hang or crash. */
  z.object({ kind: z.literal('step'), name: text }),
  /** koffi or a library could not be loaded. */
  z.object({ kind: z.literal('absent'), library: z.enum(['koffi', 'nvml', 'cuda']), text }),
  z.object({
    kind: z.literal('nvml'),
    count: answer(whole),
    driver_version: answer(text),
    cuda_version: answer(whole),
  }),
  z.object({ kind: z.literal('card-lost'), position: whole, failure: failureSchema }),
  cardSchema,
  z.object({ kind: z.literal('cuda'), count: answer(whole), version: answer(whole) }),
  deviceSchema,
  contextSchema,
  copySchema,
  linkSchema,
  pinnedSchema,
  z.object({ kind: z.literal('done') }),
]);
export type ProberMessage = z.infer<typeof messageSchema>;

const versioned = z.object({ v: z.literal(PROTOCOL_VERSION) });

/** A message as a line. It begins with a line break of its own: a driver may have printed half a line before. */
export function formatMessage(message: ProberMessage): string {
  return `\n${JSON.stringify({ v: PROTOCOL_VERSION, ...message })}\n`;
}

/** The message in a line; null where it is none of ours, such as what a driver prints. */
export function parseMessage(line: string): ProberMessage | null {
  let value: unknown;
  try {
    value = JSON.parse(line);
  } catch {
    return null;
  }
  if (!versioned.safeParse(value).success) return null;
  const message = messageSchema.safeParse(value);
  return message.success ? message.data : null;
}

/** The value of an answer; null where the call failed. */
export function valueOf<T>(given: Answer<T>): T | null {
  return 'value' in given ? given.value : null;
}

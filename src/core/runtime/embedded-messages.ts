import { z } from 'zod';
import { phases } from '../receipt/schema';

/** What the embedded runtime's process is asked, as its one argument. */
export interface EmbeddedQuestion {
  /** Address of node-llama-cpp's module. */
  readonly module: string;
  readonly gpu: 'cuda' | 'vulkan' | 'metal' | false;
  readonly model: string;
  readonly gpuLayers: number;
  readonly context: number;
  readonly batch: number;
  readonly threads: number | null;
  readonly flashAttention: boolean;
  readonly mapped: boolean;
  readonly keyType: string;
  readonly valueType: string;
  readonly fullWindow: boolean;
  readonly prompt: number;
  readonly generate: number;
  readonly repetitions: number;
  readonly depth: number;
  readonly depthTimeMs: number;
  /** Tokens that the model knows; null where that is not known. */
  readonly vocabulary: number | null;
}

const messageSchema = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('log'), text: z.string() }),
  z.object({ kind: z.literal('step'), step: z.string(), label: z.string(), fraction: z.number() }),
  z.object({ kind: z.literal('loaded'), release: z.string(), context: z.number().int() }),
  z.object({
    kind: z.literal('speed'),
    phase: z.enum(phases),
    depth: z.number().int().nonnegative(),
    tokens: z.number().int().positive(),
    tok_s: z.number().positive(),
  }),
  z.object({ kind: z.literal('note'), text: z.string() }),
  z.object({ kind: z.literal('measured') }),
  z.object({ kind: z.literal('failed'), doing: z.enum(['start', 'load', 'run']), message: z.string() }),
]);

export type EmbeddedMessage = z.infer<typeof messageSchema>;

/** What one line of the process says; null for a line that is not one of its own: native code prints there too. */
export function parseEmbeddedMessage(line: string): EmbeddedMessage | null {
  try {
    return messageSchema.safeParse(JSON.parse(line)).data ?? null;
  } catch {
    return null;
  }
}

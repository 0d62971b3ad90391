import { readFileSync } from 'node:fs';
import { modelFromGguf } from '../../../src/core/model/gguf/model-from-gguf';
import type { Model } from '../../../src/core/model/schema';
import type { KvType } from '../../../src/core/plan/schema';
import type { Settings, Tool } from '../../../src/core/plan/settings';
import { readBytes } from '../model/gguf/drive';

export interface TruthDevice {
  readonly device: string;
  readonly model_mib: number;
  readonly context_mib: number;
  readonly compute_mib: number;
  readonly output_mib?: number;
}

export interface TruthRow {
  readonly model: string;
  readonly args: string;
  readonly devices: readonly TruthDevice[];
}

const fixtures = new URL('../../fixtures/', import.meta.url);

function json(path: string): unknown {
  return JSON.parse(readFileSync(new URL(path, fixtures), 'utf8'));
}

const sizes = json('headers/sizes.json') as Record<string, { file_bytes: number }>;
const models = new Map<string, Model>();

/** The model of one of the captured headers. */
export function modelNamed(name: string): Model {
  const known = models.get(name);
  if (known !== undefined) return known;
  const head = readFileSync(new URL(`headers/${name}.gguf.head`, fixtures));
  const model = modelFromGguf(readBytes(head, sizes[name]!.file_bytes), name, `/models/${name}.gguf`);
  models.set(name, model);
  return model;
}

export const modelNames: readonly string[] = Object.keys(sizes);

/** Rows of llama-fit-params that a plan can express: the host and at most one device. */
export const dryRunRows: readonly TruthRow[] = (json('truth/llama-cpp-v0.5.0.json') as TruthRow[]).filter(
  (row) => !row.args.includes('-ts'),
);
export const serverRows: readonly TruthRow[] = json('truth/llama-server-v0.5.0.json') as TruthRow[];

/** The settings that a row's arguments mean for the tool that was run. */
export function settingsOfRow(row: TruthRow, tool: Tool): Settings {
  const words = row.args.split(' ');
  const after = (flag: string): string | null => {
    const at = words.indexOf(flag);
    return at < 0 ? null : words[at + 1]!;
  };
  const number = (flag: string, fallback: number): number => Number(after(flag) ?? fallback);
  const isServer = tool === 'llama-server';
  const pattern = after('-ot');
  return {
    tool,
    context: number('-c', 4096),
    sequences: number('-np', isServer ? 4 : 1),
    unified: isServer && (words.includes('-kvu') || !words.includes('-np')),
    keyType: (after('-ctk') ?? 'f16') as KvType,
    valueType: (after('-ctv') ?? 'f16') as KvType,
    flashAttention: after('-fa') !== 'off',
    batch: number('-b', 2048),
    microBatch: Math.min(number('-ub', 512), number('-b', 2048)),
    device: row.devices.some((device) => device.device === 'gpu0'),
    gpuLayers: number('-ngl', 99),
    cpuMoeLayers: words.includes('-cmoe') ? 999 : number('-ncmoe', 0),
    fullWindow: words.includes('--swa-full'),
    offloadCache: !words.includes('-nkvo'),
    offloadOperations: !words.includes('--no-op-offload'),
    hostTensors: pattern === null ? null : new RegExp(pattern.replace(/=CPU$/u, ''), 'u'),
  };
}

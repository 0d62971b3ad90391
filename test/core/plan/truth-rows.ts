import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { modelFromGguf } from '../../../src/core/model/gguf/model-from-gguf';
import type { Model } from '../../../src/core/model/schema';
import { expertPattern } from '../../../src/core/plan/model-index';
import type { KvType } from '../../../src/core/plan/schema';
import type { Settings, SplitMode, TensorOverride, Tool } from '../../../src/core/plan/settings';
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

// from the project's root, because a bench bundles this file elsewhere
const fixtures = pathToFileURL(`${resolve('test/fixtures')}/`);

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

/** Rows of llama-fit-params. */
export const dryRunRows: readonly TruthRow[] = json('truth/llama-cpp-v0.5.0.json') as TruthRow[];
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
  const devices = row.devices.slice(0, -1).map(({ device }) => ({ name: device, freeBytes: null }));
  return {
    tool,
    context: number('-c', 4096),
    sequences: number('-np', isServer ? 4 : 1),
    unified: words.includes('-kvu') || (isServer && !words.includes('-np')),
    keyType: (after('-ctk') ?? 'f16') as KvType,
    valueType: (after('-ctv') ?? 'f16') as KvType,
    flashAttention: after('-fa') !== 'off',
    flashAttentionAuto: (after('-fa') ?? 'auto') === 'auto',
    batch: number('-b', 2048),
    microBatch: Math.min(number('-ub', 512), number('-b', 2048)),
    device: devices.length > 0,
    devices,
    tensorSplit: after('-ts')?.split(/[,/]/u).map(Number) ?? null,
    splitMode: (after('-sm') ?? 'layer') as SplitMode,
    mainDevice: number('-mg', 0),
    gpuLayers: number('-ngl', -1),
    cpuMoeLayers: words.includes('-ot') ? 0 : words.includes('-cmoe') ? 999 : number('-ncmoe', 0),
    overrides: words.includes('-ot') ? overridesOf(words) : [],
    fullWindow: words.includes('--swa-full'),
    offloadCache: !words.includes('-nkvo'),
    offloadOperations: !words.includes('--no-op-offload'),
    repack: !words.includes('--no-repack'),
  };
}

/**
 * `-ot PATTERN=BUFFER,…` and the experts' flags in the order of the command line. The stand-ins for GPUs are called
 * `RPC0[127.0.0.1:50052]`, `RPC1…`.
 */
function overridesOf(words: readonly string[]): readonly TensorOverride[] {
  return words.flatMap((flag, position) => {
    const value = words[position + 1] ?? '';
    if (flag === '-cmoe') return [{ pattern: expertPattern, home: 'host' as const }];
    if (flag === '-ncmoe') return Array.from({ length: Number(value) }, (_, layer) => expertsOf(layer));
    return flag === '-ot' ? value.split(',').map(overrideOf) : [];
  });
}

function expertsOf(layer: number): TensorOverride {
  return { pattern: new RegExp(`blk\\.${layer}${expertPattern.source}`, 'u'), home: 'host' };
}

function overrideOf(value: string): TensorOverride {
  const at = value.indexOf('=');
  const buffer = value.slice(at + 1);
  const home = buffer === 'CPU' ? 'host' : Number(/^RPC(\d+)/u.exec(buffer)![1]);
  return { pattern: new RegExp(value.slice(0, at), 'u'), home };
}

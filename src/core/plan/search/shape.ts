import { fusesOn } from '../backend-problem';
import type { Candidate, Question } from '../placement';
import type { KvType, PlanRequest } from '../schema';
import { contextOf, type Placing, type TensorOverride } from '../settings';
import { firstOfEqual } from './equal-cards';
import { countsOf, type Layout } from './fill';

/** What all placements of one search have in common. */
export interface Shape {
  readonly context: number;
  readonly keyType: KvType;
  readonly valueType: KvType;
  readonly microBatch: number;
  readonly offloadCache: boolean;
}

/** The shape that a request asks for. */
export function askedShape(question: Question): Shape {
  const { model, request } = question;
  const [keyType, valueType] = [request.kv_type_k, request.kv_type_v];
  return {
    context: contextOf(model, request),
    keyType,
    valueType,
    microBatch: request.micro_batch,
    offloadCache: request.offload_cache ?? attendsOnDevices(question, keyType, valueType),
  };
}

/** The same with both caches of another type. */
export function withCache(question: Question, shape: Shape, type: KvType): Shape {
  const offloadCache = question.request.offload_cache ?? attendsOnDevices(question, type, type);
  return { ...shape, keyType: type, valueType: type, offloadCache };
}

/** Whether the cards compute attention over such a cache: where they do not, it is of use on the host alone. */
function attendsOnDevices(
  { model, request, budgets }: Question,
  keyType: KvType,
  valueType: KvType,
): boolean {
  const gpus = budgets.devices.map(({ gpu }) => gpu);
  return !request.flash_attention || fusesOn(model, keyType, valueType, gpus);
}

/** A layout as llama.cpp is told of it: with the first of equal cards, whichever of them it was laid out on. */
export function placingOf(question: Question, shape: Shape, layout: Layout): Placing {
  const { starts } = layout;
  const devices = firstOfEqual(question.budgets.devices, layout.devices);
  const { tensor_split: given } = question.request;
  return {
    ...shape,
    devices: devices.map(({ name, bytes }) => ({ name, freeBytes: bytes })),
    gpuLayers: devices.length === 0 ? 0 : starts.at(-1)! - starts[0]!,
    cpuMoeLayers: layout.moved,
    tensorSplit: devices.length < 2 ? null : (given ?? countsOf(layout)),
    overrides: askedOverrides(question.request, devices),
  };
}

const known = new WeakMap<PlanRequest['overrides'], Map<string, readonly TensorOverride[]>>();

/**
 * The user's own `-ot`; one whose device is not used, or whose pattern cannot be read, is left out (and named elsewhere). The same list
 * each time, by which what it moves is remembered.
 */
function askedOverrides({ overrides }: PlanRequest, devices: Layout['devices']): readonly TensorOverride[] {
  const names = devices.map(({ name }) => name);
  const lists = known.get(overrides) ?? new Map<string, readonly TensorOverride[]>();
  known.set(overrides, lists);
  const key = names.join();
  const before = lists.get(key);
  if (before !== undefined) return before;
  const list = overrides.flatMap(({ pattern, device }) => {
    const expression = patternOf(pattern);
    const home = device === 'host' ? 'host' : names.indexOf(device);
    return expression === null || home === -1 ? [] : [{ pattern: expression, home } as const];
  });
  lists.set(key, list);
  return list;
}

/** C++'s default grammar is JavaScript's, without its `u` flag. Null where the pattern is none. */
function patternOf(pattern: string): RegExp | null {
  try {
    // oxlint-disable-next-line require-unicode-regexp -- C++'s std::regex knows no Unicode mode
    return new RegExp(pattern);
  } catch {
    return null;
  }
}

/** What tells placements apart. */
export function keyOf({ devices, starts, moved }: Layout, shape: Shape): string {
  const { context, keyType, valueType, microBatch, offloadCache } = shape;
  const names = devices.map(({ name }) => name).join();
  return `${names} ${starts.join()} ${moved} ${context} ${keyType} ${valueType} ${microBatch} ${offloadCache}`;
}

/** Bytes over the budgets on devices alone; null where one is not known. */
export function deviceShortage({ rows }: Candidate): number | null {
  let short = 0;
  for (const row of rows) {
    if (row.device === 'host') continue;
    if (row.total_bytes === null || row.budget_bytes === null) return null;
    short += Math.max(0, row.total_bytes - row.budget_bytes);
  }
  return short;
}

import type { Model } from '../model/schema';
import { formatInteger } from '../report/format';
import { fusesOn, NO_ROWS, splitsRows, unfusedSentence } from './backend-problem';
import type { Budgets } from './budgets';
import type { Companions } from './companions';
import { embeddedProblems } from './embedded';
import type { PlanRequest, Reason } from './schema';
import { contextOf } from './settings';
import type { Judgement } from './verdict';
import { turnTokens } from './search/value';

/** Choices of a request that cannot hold together, or not on this machine: each a sentence. Null where there are none. */
export function judgeChoices(
  model: Model,
  request: PlanRequest,
  budgets: Budgets,
  companions: Companions,
): Judgement | null {
  const problems = [
    ...embeddedProblems(request, companions),
    ...deviceProblems(request, budgets),
    ...splitProblems(request, budgets),
    ...attentionProblems(model, request, budgets),
    ...overrideProblems(request),
    ...objectiveProblems(model, request),
  ];
  return problems.length === 0 ? null : { verdict: 'refuse', reasons: problems.map(reasonOf) };
}

function reasonOf(message: string): Reason {
  return { code: 'unsupported-combination', device: null, bytes: null, field: null, message };
}

/** Devices that are named and not there; where nobody could look for GPUs this cannot be said. */
function deviceProblems(
  request: PlanRequest,
  { absent, devices, leftOut, gpusUnknown }: Budgets,
): readonly string[] {
  if (gpusUnknown) return [];
  const there = [...devices, ...leftOut].map(({ name }) => name);
  const named = [
    ...Object.keys(request.budgets_mib),
    ...request.reserves.flatMap(({ device }) => (device === null ? [] : [device])),
    ...request.overrides.map(({ device }) => device),
  ];
  const missing = new Set([...absent, ...named.filter((name) => name !== 'host' && !there.includes(name))]);
  const has = there.length === 0 ? 'no GPU' : [...there].sort().join(', ');
  const unused = request.overrides.filter(
    ({ device }) => request.devices !== null && device !== 'host' && !request.devices.includes(device),
  );
  return [
    ...[...missing].map((name) => `${name} was named, and this machine has ${has}.`),
    ...unused.map(
      ({ pattern, device }) =>
        `Tensors of ${pattern} were put on ${device}, which is not among the devices to use.`,
    ),
    ...(request.devices?.length === 0 && (request.gpu_layers ?? 0) > 0
      ? [`${request.gpu_layers} layers were asked for on GPUs, and no GPU to put them on.`]
      : []),
  ];
}

function splitProblems(request: PlanRequest, budgets: Budgets): readonly string[] {
  const { split_mode: mode, gpu_layers: layers } = request;
  const gpus = budgets.devices.map(({ gpu }) => gpu);
  // however little of a model these cards could hold
  const rows = mode === 'row' && layers !== 0 && !splitsRows(gpus);
  return [...(rows ? [NO_ROWS] : []), ...shareProblems(request, budgets)];
}

/** A cache that was put on cards which do not attend to it, however little of a model these could hold. */
function attentionProblems(model: Model, request: PlanRequest, { devices }: Budgets): readonly string[] {
  const {
    offload_cache: onCards,
    gpu_layers: layers,
    flash_attention: fuses,
    search_kv_types: open,
  } = request;
  const [keyType, valueType] = [request.kv_type_k, request.kv_type_v];
  const gpus = devices.map(({ gpu }) => gpu);
  if (onCards !== true || layers === 0 || gpus.length === 0 || !fuses) return [];
  if (fusesOn(model, keyType, valueType, gpus) || open.some((type) => fusesOn(model, type, type, gpus)))
    return [];
  return [unfusedSentence(model, keyType, valueType)];
}

function shareProblems(
  { tensor_split: shares, split_mode: mode }: PlanRequest,
  { devices }: Budgets,
): readonly string[] {
  if (shares === null) return [];
  if (shares.every((share) => share === 0)) return ['The shares of the tensor split are all zero.'];
  if (mode === 'none' && shares.filter((share) => share > 0).length > 1) {
    return [
      'With the split mode none one device holds everything; a tensor split over several contradicts it.',
    ];
  }
  if (devices.length === 0 || shares.length === devices.length) return [];
  const [given, wanted] = [counted(shares.length, 'share'), counted(devices.length, 'device')];
  return [`The tensor split has ${given} for ${wanted}; give one for each.`];
}

function counted(count: number, what: string): string {
  return `${count} ${what}${count === 1 ? '' : 's'}`;
}

function overrideProblems({ overrides }: PlanRequest): readonly string[] {
  return overrides
    .filter(({ pattern }) => !isPattern(pattern))
    .map(({ pattern }) => `The pattern ${pattern} is not a regular expression.`);
}

/** llama.cpp's patterns are C++'s, whose default grammar is JavaScript's. */
function isPattern(pattern: string): boolean {
  // A repetition of a repetition can take longer than anybody waits.
  if (/[+*}]\??\)(?:[+*]|\{\d)/u.test(pattern)) return false;
  try {
    // oxlint-disable-next-line require-unicode-regexp -- C++'s std::regex knows no Unicode mode
    return new RegExp(pattern) instanceof RegExp;
  } catch {
    return false;
  }
}

function objectiveProblems(model: Model, request: PlanRequest): readonly string[] {
  const { objective, context } = request;
  if (objective === 'longest-context' && context !== null) {
    return [
      `The longest context was asked for, and one of ${formatInteger(context)} tokens; leave one of the two out.`,
    ];
  }
  if (objective !== 'shortest-turn') return [];
  const turn = turnTokens(request);
  const each = Math.floor(contextOf(model, request) / request.parallel);
  const given = request.prompt_tokens !== null || request.answer_tokens !== null;
  return given && turn > each
    ? [`A turn of ${formatInteger(turn)} tokens does not fit in a context of ${formatInteger(each)}.`]
    : [];
}

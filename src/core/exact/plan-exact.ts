import { experienceOf } from '../calibration/experience';
import type { Calibration } from '../calibration/schema';
import type { Model } from '../model/schema';
import { companionProblem, draftFindings } from '../plan/companion-starts';
import { type Companions, noCompanions } from '../plan/companions';
import { countsDrafting } from '../plan/draft-type';
import { quoteCommand, shellOf } from '../plan/quote';
import { type PlanRequest, planRequestSchema, type Plan } from '../plan/schema';
import { type Budgets, budgetsOf, type DeviceBudget, deviceBudgets } from '../plan/budgets';
import { forecastSpeed } from '../plan/speed/forecast';
import type { Paging } from '../plan/speed/paging';
import { roughFindings } from '../plan/speed/rough';
import type { Settings, Tool } from '../plan/settings';
import { environmentFor } from '../plan/commands';
import { findingsOf } from '../plan/findings';
import { modelFile } from '../plan/model-file';
import { indexOf } from '../plan/model-index';
import type { Candidate } from '../plan/placement';
import { placementOf } from '../plan/placement-record';
import { judge, judgeStart, type Judgement } from '../plan/verdict';
import type { Profile } from '../profile/schema';
import type { ExactArguments } from './arguments';
import { ArgumentsError } from './arguments-error';
import { exactAssumptions } from './exact-assumptions';
import { argumentFindings } from './exact-findings';
import { exactMemory, type ExactMemory } from './exact-memory';
import { exactRemedies } from './exact-remedies';
import { draftSettings, type ExactSettings, exactSettings } from './exact-settings';
import { parseArguments } from './parse-arguments';
import { tensorProblem } from './tensor-split';

/** What a judgement of arguments may take into account beside them. */
export interface ExactOptions {
  /** Margins, floor and paging; what the arguments settle is not looked at. */
  readonly request: PlanRequest;
  /** Files that the arguments name, as read. */
  readonly companions: Companions;
  /** What receipts taught; null where there are none. */
  readonly calibration?: Calibration | null;
}

const NO_REMEDY =
  'None of the changes of these arguments that were judged ships; plan the model without them to see changes of the machine.';

export const exactDefaults: ExactOptions = { request: planRequestSchema.parse({}), companions: noCompanions };

/**
 * Whether these very arguments of a llama.cpp tool would fit this machine, and how fast they would be; a refusal comes with
 * changes of the arguments that ship. Throws ArgumentsError, which names each word that cannot stand.
 */
export function planExact(
  model: Model,
  profile: Profile,
  argv: readonly string[],
  tool: Tool,
  options: ExactOptions = exactDefaults,
): Plan {
  const plan = judgeOnce(model, profile, argv, tool, options);
  if (plan.verdict !== 'refuse') return plan;
  const verdictOf = (changed: readonly string[]) => judgeOnce(model, profile, changed, tool, options).verdict;
  const remedies = [...exactRemedies(model, argumentsOf(argv, tool), verdictOf)];
  return { ...plan, remedies, no_remedy: remedies.length === 0 ? NO_REMEDY : null };
}

/** The arguments themselves. Throws ArgumentsError. */
export function argumentsOf(argv: readonly string[], tool: Tool): ExactArguments {
  const parsed = parseArguments(argv, tool);
  if (parsed.kind === 'failed') throw new ArgumentsError(parsed.problems);
  return parsed.arguments;
}

function judgeOnce(
  model: Model,
  profile: Profile,
  argv: readonly string[],
  tool: Tool,
  { request: asked, companions, calibration = null }: ExactOptions,
): Plan {
  const given = withUnread(argumentsOf(argv, tool), companions);
  const allDevices = deviceBudgets(profile, asked);
  const placed = exactSettings(model, given, allDevices);
  const gpusUnknown = allDevices === null && given.devices?.length !== 0;
  const request = requestOf(asked, given, placed, indexOf(model).layers, gpusUnknown);
  const budgets = { ...budgetsFor(profile, request, placed.devices), gpusUnknown };
  const memory = exactMemory({
    model,
    given,
    ...placed,
    allDevices,
    budgets,
    features: profile.hardware.cpu.features,
    companions,
    allowPaging: request.allow_paging,
  });
  const paging = pagingOf(request, memory);
  const occasion = { profile, threads: request.threads, build: null };
  const learnt = experienceOf(calibration, model, placed.settings, occasion);
  const { threads, prompt_tokens: prompt } = request;
  const forecast = forecastSpeed(model, profile, placed.settings, paging, threads, learnt, prompt);
  const { decode } = forecast;
  const candidate = candidateOf(placed, memory);
  const paged = request.allow_paging ? memory.pageable : 0;
  const second = given.draft === null ? null : draftSettings(placed.settings, given, given.draft, allDevices);
  const beside =
    tensorProblem(model, given, placed.devices.length) ??
    companionProblem(model, companions, second?.settings ?? null);
  const judgement = withUncounted(
    judgeStart(model, placed.settings, placed.devices, beside) ??
      judge(model, request, candidate, budgets, decode, paged),
    given,
    model,
    companions,
  );
  const command = commandOf(model, given, [...placed.devices, ...(second?.devices ?? [])]);
  return {
    model: { name: model.name, locator: model.source.locator, quant: model.quant },
    request,
    verdict: judgement.verdict,
    reasons: [...judgement.reasons],
    remedies: [],
    no_remedy: null,
    next_steps: [],
    placement: placementOf(model, boundedSettings(placed.settings, request), request.threads),
    memory: [...memory.rows],
    ...forecast,
    commands: [command],
    flags: quoteCommand(command.tool, command.argv, command.env, shellOf(profile.hardware.platform.os)),
    explained_flags: [],
    assumptions: [...exactAssumptions(model, given, placed, memory, decode)],
    findings: [
      ...argumentFindings(given, placed, budgets.gpusUnknown),
      ...findingsOf({ model, request, candidate, budgets, decode, verdict: judgement.verdict, paging }),
      ...roughFindings(profile, forecast.decode_terms),
      ...(given.draft === null ? [] : draftFindings(model, companions, given.drafted > 0)),
    ],
    search: null,
    exact: { tool, arguments: [...argv], ignored: [...given.ignored] },
    oracle: null,
    fit: null,
  };
}

/** Companions that the arguments name and nobody read are not counted, nor is a prompt cache without a bound. */
function withUnread(given: ExactArguments, { projector, draft }: Companions): ExactArguments {
  const unread = [
    ...(given.tool === 'llama-server' && given.promptCacheMib < 0
      ? [{ option: '-cram -1', what: 'a prompt cache without a bound' }]
      : []),
    ...(given.splitMode === 'tensor' && given.devices?.length !== 0
      ? [{ option: '-sm tensor', what: 'which parts of each matrix lie on which GPU' }]
      : []),
    ...(given.projector !== null && projector === null
      ? [{ option: '--mmproj', what: `${given.projector.path}, which was not read` }]
      : []),
    ...(given.draft !== null && draft === null
      ? [{ option: '-md', what: `${given.draft.path}, which was not read` }]
      : []),
  ];
  return unread.length === 0 ? given : { ...given, uncounted: [...given.uncounted, ...unread] };
}

/** The request that the arguments amount to. */
function requestOf(
  asked: PlanRequest,
  given: ExactArguments,
  { settings }: ExactSettings,
  layers: number,
  gpusUnknown: boolean,
): PlanRequest {
  const gpuLayers = settings.gpuLayers < 0 ? layers + 1 : Math.min(settings.gpuLayers, layers + 1);
  return {
    ...asked,
    context: Math.min(settings.context, 2 ** 31 - 1),
    parallel: settings.sequences,
    kv_type_k: settings.keyType,
    kv_type_v: settings.valueType,
    flash_attention: settings.flashAttention,
    batch: Math.min(settings.batch, MOST_BATCH),
    micro_batch: Math.min(settings.microBatch, MOST_BATCH),
    threads: given.threads === null ? asked.threads : Math.min(given.threads, MOST_THREADS),
    gpu_layers: settings.device || gpusUnknown ? gpuLayers : 0,
    cpu_moe_layers: Math.min(settings.cpuMoeLayers, layers),
  };
}

/** Layers no more than the model has, as a placement is recorded. */
function boundedSettings(settings: Settings, { gpu_layers, cpu_moe_layers }: PlanRequest): Settings {
  return { ...settings, gpuLayers: gpu_layers ?? 0, cpuMoeLayers: cpu_moe_layers ?? 0 };
}

/** Bounds of a request's fields. */
const MOST_BATCH = 2 ** 20;
const MOST_THREADS = 1024;

/** Budgets as the verdict wants them. */
function budgetsFor(
  profile: Profile,
  request: PlanRequest,
  devices: readonly DeviceBudget[],
): Omit<Budgets, 'gpusUnknown'> {
  const { host, pinnable, namedBy } = budgetsOf(profile, request);
  return { host, pinnable, namedBy, devices, leftOut: [], absent: [] };
}

function candidateOf({ settings }: ExactSettings, memory: ExactMemory): Candidate {
  const { rows, parts, extras, short } = memory;
  return { settings, rows, parts, extras, noRepack: !settings.repack, short };
}

/** The share of the host's weights that does not fit beside what must be in memory; null where all fits. */
function pagingOf(request: PlanRequest, { rows, pageable }: ExactMemory): Paging | null {
  const host = rows.at(-1)!;
  if (!request.allow_paging || pageable === 0 || host.total_bytes === null || host.budget_bytes === null)
    return null;
  const over = host.total_bytes - host.budget_bytes;
  return over <= 0 ? null : { share: Math.min(1, over / pageable) };
}

/** What takes memory that is not counted cannot ship. */
function withUncounted(
  judgement: Judgement,
  given: ExactArguments,
  model: Model,
  { draft }: Companions,
): Judgement {
  const left = given.uncounted.filter(
    ({ drafting }) => drafting === undefined || !countsDrafting(drafting, draft, model),
  );
  if (left.length === 0) return judgement;
  const reasons = left.map(({ option, what }) => ({
    code: 'unknown-memory' as const,
    device: null,
    bytes: null,
    field: null,
    message: `What ${option} adds is not counted: ${what}.`,
  }));
  const verdict = judgement.verdict === 'ship' ? 'unknown' : judgement.verdict;
  return { verdict, reasons: [...reasons, ...judgement.reasons] };
}

/** The user's own words; with the model put before them where they name none, so that the line can be run. */
function commandOf(
  model: Model,
  given: ExactArguments,
  devices: readonly DeviceBudget[],
): Plan['commands'][number] {
  const argv = given.model === null ? ['-m', modelFile(model).path, ...given.argv] : [...given.argv];
  return { tool: given.tool, argv, env: environmentFor(devices) };
}

import type { Finding } from '../finding';
import type { Model } from '../model/schema';
import type { Profile } from '../profile/schema';
import { formatInteger } from '../report/format';
import { assumptionsOf } from './assumptions';
import { type Budgets, budgetsOf } from './budgets';
import { commandsOf } from './commands';
import { serverFlags } from './explain-flags';
import { modelFile } from './model-file';
import { type Candidate, choosePlacement, type Question } from './placement';
import { quoteCommand, shellOf } from './quote';
import { remediesFor } from './remedies';
import type { Plan, PlanRequest, Speed } from './schema';
import { contextOf } from './settings';
import { forecastDecode, forecastPrefill, type Paging, unknownSpeed } from './throughput';
import { judge, judgeCombination, type Judgement } from './verdict';

/** Whether, with which flags and how fast this machine would run the model; a refusal comes with what would help. */
export function planModel(model: Model, profile: Profile, request: PlanRequest): Plan {
  const plan = planOnce(model, profile, request);
  if (plan.verdict !== 'refuse') return plan;
  const remedies = remediesFor(model, request, (changed) => planOnce(model, profile, changed).verdict);
  return { ...plan, remedies: [...remedies] };
}

/** The same without remedies: budgets → placement and memory → speed → verdict → flags. */
function planOnce(model: Model, profile: Profile, request: PlanRequest): Plan {
  const budgets = budgetsOf(profile, request);
  const question: Question = { model, request, budgets, features: profile.hardware.cpu.features };
  const candidate = choosePlacement(question);
  const paging = pagingOf(request, candidate);
  const decode = forecast(model, profile, candidate, budgets, paging);
  const judgement =
    judgeCombination(request) ??
    judge(model, request, candidate, budgets, decode, pagedBytes(request, candidate));
  const threads = request.threads ?? profile.hardware.cpu.physical_cores;
  const flags = serverFlags(model, request, candidate, budgets, threads);
  const commands = commandsOf(flags, candidate, budgets);
  const server = commands[0]!;
  const { settings } = candidate;
  return {
    model: { name: model.name, locator: model.source.locator, quant: model.quant },
    request,
    verdict: judgement.verdict,
    reasons: [...judgement.reasons],
    remedies: [],
    placement: {
      context: settings.context,
      gpu_layers: settings.gpuLayers,
      cpu_moe_layers: settings.cpuMoeLayers,
      threads,
    },
    memory: [...candidate.rows],
    decode,
    prefill: forecastPrefill(),
    commands: [...commands],
    flags: quoteCommand(server.tool, server.argv, server.env, shellOf(profile.hardware.platform.os)),
    explained_flags: [...flags],
    assumptions: [...assumptionsOf(model, profile, request, candidate, budgets, decode)],
    findings: findingsOf(model, request, candidate, budgets, decode, judgement, paging),
  };
}

function forecast(
  model: Model,
  profile: Profile,
  candidate: Candidate,
  budgets: Budgets,
  paging: Paging | null,
): Speed {
  if (model.layers === null) return unknownSpeed(['/layers']);
  return forecastDecode(model, profile, candidate.settings, budgets, 0, paging);
}

/** Host bytes that the user lets lie on the disk: mapped weights that are not repacked. */
function pagedBytes(request: PlanRequest, candidate: Candidate): number {
  return request.allow_paging && candidate.extras.repacked === 0 ? candidate.parts.host.model : 0;
}

/** The share of the host's weights that does not fit beside what must be in memory; null where all fits. */
function pagingOf(request: PlanRequest, candidate: Candidate): Paging | null {
  const paged = pagedBytes(request, candidate);
  const host = candidate.rows.at(-1)!;
  if (paged === 0 || host.total_bytes === null || host.budget_bytes === null) return null;
  const over = host.total_bytes - host.budget_bytes;
  return over <= 0 ? null : { share: Math.min(1, over / paged) };
}

function findingsOf(
  model: Model,
  request: PlanRequest,
  candidate: Candidate,
  budgets: Budgets,
  decode: Speed,
  judgement: Judgement,
  paging: Paging | null,
): Finding[] {
  const findings: Finding[] = [];
  const tell = (
    severity: Finding['severity'],
    code: string,
    message: string,
    remedy: string | null,
  ): void => {
    findings.push({ severity, code, path: null, message, remedy });
  };
  const context = contextOf(model, request);
  if (model.context_trained !== null && context > model.context_trained) {
    tell(
      'warning',
      'context-beyond-trained',
      `The model was trained for ${formatInteger(model.context_trained)} tokens; beyond them its answers get worse.`,
      'Ask for no more than it was trained for.',
    );
  }
  if (!modelFile(model).here) {
    tell(
      'info',
      'model-not-here',
      `The model's file is not on this machine; the commands name it ${modelFile(model).path}.`,
      'Download it, or give the path of your file.',
    );
  }
  if (budgets.gpu !== null && budgets.gpu.others > 0) {
    tell(
      'info',
      'one-gpu-used',
      `The plan uses gpu${budgets.gpu.position} alone, the one with the most free memory.`,
      'Splitting a model over several GPUs is not planned yet.',
    );
  }
  if (budgets.gpu?.unified === true) {
    tell(
      'info',
      'unified-memory',
      'GPU and host share one memory: both rows count against one budget.',
      null,
    );
  }
  if (budgets.gpusUnknown) {
    tell(
      'warning',
      'gpus-unknown',
      'Which GPUs there are could not be found out; the plan uses none.',
      'Run `plimsoll probe` where the driver can be asked.',
    );
  }
  if (budgets.gpu !== null && !candidate.settings.device) {
    tell(
      'warning',
      'gpu-too-small',
      'The GPU cannot even hold the buffers of a prompt; the plan leaves it out.',
      null,
    );
  }
  if (paging !== null) {
    tell(
      'warning',
      'paging',
      `${Math.round(paging.share * 100)} % of the weights on the host do not fit and would be read from the disk for every token.`,
      null,
    );
  }
  if (decode.forecast_tok_s === null && judgement.verdict === 'ship') {
    tell(
      'warning',
      'speed-unknown',
      `How fast it would run is not known: ${decode.missing.join(', ')} was not measured.`,
      'Run `plimsoll probe`, or `plimsoll trial` to measure it.',
    );
  }
  if (candidate.parts.computeBasis === 'bound') {
    tell(
      'info',
      'compute-bounded',
      'The compute buffers are an upper bound: this architecture is not followed step by step.',
      null,
    );
  }
  return findings;
}

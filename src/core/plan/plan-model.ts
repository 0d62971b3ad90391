import { experienceOf } from '../calibration/experience';
import type { Calibration } from '../calibration/schema';
import type { Model } from '../model/schema';
import type { Profile } from '../profile/schema';
import { assumptionsOf } from './assumptions';
import { budgetsOf } from './budgets';
import { judgeChoices } from './contradictions';
import { commandsOf } from './commands';
import { requestOfRuntime } from './embedded';
import { companionProblem, draftFindings } from './companion-starts';
import { besideAssumptions, besideSettings, type Companions, noCompanions } from './companions';
import { companionFlags, serverFlags } from './explain-flags';
import { checkpointFindings, findingsOf } from './findings';
import { outcomeOf } from './outcome';
import { pagedBytes, pagingOf } from './paging-share';
import type { Question } from './placement';
import { searchPlacement } from './search/search-placement';
import { quoteCommand, shellOf } from './quote';
import { nextSteps } from './remedies/next-steps';
import { remediesFor } from './remedies/remedies-for';
import type { Plan, PlanRequest } from './schema';
import { forecastSpeed } from './speed/forecast';
import { promptAssumptions } from './speed/prompt-assumptions';
import { roughFindings } from './speed/rough';
import { placementOf } from './placement-record';
import { judge, judgeStart } from './verdict';

/**
 * Whether, with which flags and how fast this machine would run the model; a refusal comes with what would help. What receipts
 * taught replaces the prior where `calibration` holds any of like conditions.
 */
export function planModel(
  model: Model,
  profile: Profile,
  request: PlanRequest,
  companions: Companions = noCompanions,
  calibration: Calibration | null = null,
): Plan {
  const plan = planOnce(model, profile, request, companions, calibration);
  if (plan.verdict !== 'refuse') return plan;
  const { remedies, none } = remediesFor({ model, profile, request }, plan, (changed) =>
    outcomeOf(changed, companions, calibration),
  );
  return { ...plan, remedies: [...remedies], no_remedy: none };
}

/** The same without remedies, for who asks for many: budgets → placement and memory → speed → verdict → flags. */
export function planOnce(
  model: Model,
  profile: Profile,
  asked: PlanRequest,
  companions: Companions,
  calibration: Calibration | null,
): Plan {
  const request = requestOfRuntime(asked);
  const budgets = budgetsOf(profile, request);
  const question: Question = { model, profile, request, budgets, companions, calibration };
  const { candidate, search } = searchPlacement(question);
  const paging = pagingOf(request, candidate);
  const threads = request.threads ?? profile.hardware.cpu.physical_cores;
  const learnt = experienceOf(calibration, model, candidate.settings, { profile, threads, build: null });
  const forecast = forecastSpeed(
    model,
    profile,
    candidate.settings,
    paging,
    threads,
    learnt,
    request.prompt_tokens,
  );
  const { decode } = forecast;
  const { settings } = candidate;
  const judgement =
    judgeStart(
      model,
      settings,
      budgets.devices,
      companionProblem(model, companions, besideSettings(settings)),
    ) ??
    judgeChoices(model, asked, budgets, companions) ??
    judge(model, request, candidate, budgets, decode, pagedBytes(request, candidate));
  const flags = [...serverFlags(model, request, candidate, budgets, threads), ...companionFlags(companions)];
  const commands = commandsOf(flags, candidate, budgets);
  const server = commands[0]!;
  return {
    model: { name: model.name, locator: model.source.locator, quant: model.quant },
    request: asked,
    verdict: judgement.verdict,
    reasons: [...judgement.reasons],
    remedies: [],
    no_remedy: null,
    next_steps: judgement.verdict === 'ship' ? [...nextSteps(model, candidate)] : [],
    placement: placementOf(model, settings, threads),
    memory: [...candidate.rows],
    ...forecast,
    commands: [...commands],
    flags: quoteCommand(server.tool, server.argv, server.env, shellOf(profile.hardware.platform.os)),
    explained_flags: [...flags],
    assumptions: [
      ...assumptionsOf(model, profile, request, candidate, budgets, decode),
      ...promptAssumptions(profile, forecast.prefill, forecast.prefill_terms),
      ...besideAssumptions(companions, settings, model),
    ],
    findings: [
      ...findingsOf({ model, request, candidate, budgets, decode, verdict: judgement.verdict, paging }),
      ...checkpointFindings(candidate),
      ...roughFindings(profile, forecast.decode_terms),
      ...draftFindings(model, companions, true),
    ],
    search,
    exact: null,
    oracle: null,
    fit: null,
  };
}

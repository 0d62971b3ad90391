import { experienceOf } from '../calibration/experience';
import type { Calibration } from '../calibration/schema';
import { budgetsOf } from './budgets';
import { judgeChoices } from './contradictions';
import { companionProblem } from './companion-starts';
import { besideSettings, type Companions } from './companions';
import { requestOfRuntime } from './embedded';
import { pagedBytes, pagingOf } from './paging-share';
import type { Situation } from './remedies/situation';
import type { Outcome } from './remedies/trials';
import { searchPlacement } from './search/search-placement';
import { forecastDecode } from './speed/decode';
import { unknownSpeed } from './speed/unknown-speed';
import { type Settings, settingsOf } from './settings';
import { judge, judgeStart } from './verdict';

/** The verdict and the decode that a plan would have, without all that is written beside them. */
export function outcomeOf(
  { model, profile, request: asked }: Situation,
  companions: Companions,
  calibration: Calibration | null,
): Outcome {
  const request = requestOfRuntime(asked);
  const budgets = budgetsOf(profile, request);
  const besideProblem = (settings: Settings) => companionProblem(model, companions, besideSettings(settings));
  const start = settingsOf(model, request, { devices: [], gpuLayers: 0, cpuMoeLayers: 0 });
  const impossible =
    judgeStart(model, start, [], besideProblem(start)) ?? judgeChoices(model, asked, budgets, companions);
  if (impossible !== null)
    return { ...impossible, reasons: [...impossible.reasons], decode: unknownSpeed([]) };
  const { candidate } = searchPlacement({ model, profile, request, budgets, companions, calibration });
  const threads = request.threads ?? profile.hardware.cpu.physical_cores;
  const { settings } = candidate;
  const { decode: learnt } = experienceOf(calibration, model, settings, { profile, threads, build: null });
  const decode = forecastDecode(model, profile, settings, 0, pagingOf(request, candidate), learnt, threads);
  const judgement =
    judgeStart(model, settings, budgets.devices, besideProblem(settings)) ??
    judge(model, request, candidate, budgets, decode, pagedBytes(request, candidate));
  return { verdict: judgement.verdict, reasons: [...judgement.reasons], decode };
}

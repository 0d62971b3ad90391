import { experienceOf } from '../../calibration/experience';
import type { Profile } from '../../profile/schema';
import type { Question } from '../placement';
import type { PlanRequest } from '../schema';
import type { Settings } from '../settings';
import { DEFAULT_FLOOR } from '../verdict';
import type { Experience } from '../speed/experience';
import { expectedDecode } from '../speed/decode';
import type { Paging } from '../speed/paging';
import { forecastPrompt } from '../speed/prefill';
import { ratesOf } from '../speed/rates';

/** A turn where the request names no lengths: a page or two with what a chat has said before, and an answer of a page. */
export const DEFAULT_PROMPT_TOKENS = 2048;
export const DEFAULT_ANSWER_TOKENS = 512;

/** Tokens of a turn, prompt and answer. */
export function turnTokens({ prompt_tokens: prompt, answer_tokens: answer }: PlanRequest): number {
  return (prompt ?? DEFAULT_PROMPT_TOKENS) + (answer ?? DEFAULT_ANSWER_TOKENS);
}

/**
 * Bandwidths that stand in where one was not measured, in 10^9 bytes a second: they order placements (what lies on a GPU is
 * read faster than what lies on the host) and are never shown.
 */
const STAND_IN = { gpu: 400, host: 40 } as const;

/** What makes placements comparable: a number that is larger the better a placement serves the objective. */
export interface Valuer {
  /** Tokens a second of decoding with `depth` tokens before it. */
  readonly rate: (settings: Settings, depth: number, paging: Paging | null) => number;
  /** Seconds of a prompt and its answer. */
  readonly turn: (settings: Settings, paging: Paging | null) => number;
  /** By the objective: tokens a second, or for the shortest turn a second's share of a turn. */
  readonly worth: (settings: Settings, paging: Paging | null) => number;
  /** Whether a placement that is chosen for something else than its speed reaches the floor. */
  readonly fastEnough: (settings: Settings, paging: Paging | null) => boolean;
  /** Whether every figure behind it was measured or learnt; else stand-ins order the placements. */
  readonly measured: boolean;
}

/** The valuer of a question: SPEED's forecasts, with stand-ins for what was not measured. */
export function valuerOf(question: Question): Valuer {
  const { model, request } = question;
  const { profile, measured } = withStandIns(question.profile);
  const threads = request.threads ?? profile.hardware.cpu.physical_cores;
  const learnt = (settings: Settings): Experience =>
    experienceOf(question.calibration, model, settings, { profile, threads, build: null });
  const machine = { profile, rates: ratesOf(profile, threads) };
  const rate = lastRemembered(
    (settings, depth, paging) =>
      expectedDecode(model, machine, settings, depth, paging, learnt(settings).decode) ??
      lessOnHost(settings),
  );
  const prompt = request.prompt_tokens ?? DEFAULT_PROMPT_TOKENS;
  const answer = request.answer_tokens ?? DEFAULT_ANSWER_TOKENS;
  const turn = (settings: Settings, paging: Paging | null): number => {
    const { firstToken } = forecastPrompt(model, profile, settings, prompt, learnt(settings).prefill);
    const reading = firstToken.forecast_s ?? firstToken.least_s ?? 0;
    return reading + answer / rate(settings, prompt + Math.floor(answer / 2), paging);
  };
  const floor = request.floor_tok_s ?? DEFAULT_FLOOR;
  const slowEnds = request.objective === 'longest-context' || request.objective === 'least-vram';
  return {
    rate,
    turn,
    fastEnough: (settings, paging) =>
      !slowEnds || !measured || rate(settings, depthOf(request, settings), paging) >= floor,
    worth: (settings, paging) =>
      request.objective === 'shortest-turn' ? 1 / turn(settings, paging) : rate(settings, 0, paging),
    measured,
  };
}

/** A placement is asked for its rate and for its worth, which mostly are the same. */
function lastRemembered(rate: Valuer['rate']): Valuer['rate'] {
  let last: { settings: Settings; depth: number; paging: Paging | null; rate: number } | null = null;
  return (settings, depth, paging) => {
    if (last?.settings === settings && last.depth === depth && last.paging === paging) return last.rate;
    last = { settings, depth, paging, rate: rate(settings, depth, paging) };
    return last.rate;
  };
}

/** The longest context is worth what it gives when it is full. */
function depthOf({ objective }: PlanRequest, { context, sequences }: Settings): number {
  return objective === 'longest-context' ? Math.max(0, Math.floor(context / sequences) - 1) : 0;
}

/** Where not even the share of experts is known: the more on devices, the better. */
function lessOnHost({ gpuLayers, cpuMoeLayers }: Settings): number {
  return 1e-6 * (1 + Math.max(0, gpuLayers) - cpuMoeLayers / 4096);
}

function withStandIns(profile: Profile): { profile: Profile; measured: boolean } {
  const { hardware } = profile;
  const { memory, gpus } = hardware;
  const blind = (gpus ?? []).some(({ vram_bw_gbps }) => vram_bw_gbps === null);
  if (memory.cpu_mem_bw_gbps !== null && !blind) return { profile, measured: true };
  const cards = gpus?.map((gpu) =>
    Object.assign({}, gpu, { vram_bw_gbps: gpu.vram_bw_gbps ?? STAND_IN.gpu }),
  );
  return {
    measured: false,
    profile: {
      ...profile,
      hardware: {
        ...hardware,
        memory: { ...memory, cpu_mem_bw_gbps: memory.cpu_mem_bw_gbps ?? STAND_IN.host },
        gpus: cards ?? null,
      },
    },
  };
}

import { spreadOf } from '../../core/figure';
import type { MeasuredSpeed } from '../../core/receipt/schema';
import { promptToken } from '../../core/receipt/prompt-token';
import { parseCompletion, type Timings } from '../../core/receipt/server-answers';
import { lastLines } from '../../core/receipt/runtime-failure';
import { askServer } from './ask-server';
import { RuntimeError } from './runtime-error';
import type { RunPlan, RunProgress, RunResult } from './run-plan';

export interface ServerTarget {
  readonly url: URL;
  /** Of a server that asks for one. */
  readonly apiKey?: string | null;
  readonly signal: AbortSignal;
  readonly progress: RunProgress;
  /** Is told every speed as soon as it is known. */
  readonly onSpeeds?: (speeds: readonly MeasuredSpeed[]) => void;
  /** Is waited for between two repetitions. */
  readonly between?: () => Promise<void>;
}

/** Enough to fill caches and start threads, and to see how fast it goes. */
const WARM_UP_TOKENS = 8;
/** What one repetition of decode may take; at 64 tokens that is below 3 tok/s. */
const DECODE_S = 20;
/** One long prompt may take as long as everything; a server that hangs must not be waited for forever. */
const ANSWER_TIMEOUT_MS = 20 * 60_000;

/**
 * Decode and prefill of a running llama-server: from nothing, then with as many tokens before them as were asked for and
 * can be read in time. Tokens are sent as numbers, so no tokenizer plays in. Throws RuntimeError.
 */
export async function measureServer(target: ServerTarget, plan: RunPlan): Promise<RunResult> {
  const run = new ServerRun(target, plan);
  await run.shallow();
  await run.deep();
  return { speeds: run.speeds(), notes: run.notes };
}

class ServerRun {
  readonly notes: string[] = [];
  readonly #target: ServerTarget;
  readonly #plan: RunPlan;
  /** Tokens a second, by phase and depth and count. */
  readonly #samples = new Map<string, { key: Omit<MeasuredSpeed, 'tok_s'>; values: number[] }>();

  #generate: number;

  constructor(target: ServerTarget, plan: RunPlan) {
    this.#target = target;
    this.#plan = plan;
    this.#generate = plan.generate;
  }

  speeds(): readonly MeasuredSpeed[] {
    return [...this.#samples.values()].flatMap(({ key, values }) => {
      const spread = spreadOf(values);
      return spread === null ? [] : [{ ...key, tok_s: spread }];
    });
  }

  /** One token, then writing; a prompt, then nothing. The first of each warms up and is not counted. */
  async shallow(): Promise<void> {
    const { prompt, repetitions } = this.#plan;
    const generate = this.#affordable(
      await this.#ask([promptToken(0, this.#plan.vocabulary)], WARM_UP_TOKENS, false),
    );
    for (let turn = 0; turn < repetitions; turn += 1) {
      await this.#target.between?.();
      this.#target.progress('decode', 'Measuring decode', 0.1 + (0.25 * turn) / repetitions);
      this.#noteDecode(0, await this.#ask([promptToken(0, this.#plan.vocabulary)], generate, false));
    }
    for (let turn = 0; turn < repetitions; turn += 1) {
      await this.#target.between?.();
      this.#target.progress('prefill', 'Measuring prefill', 0.35 + (0.25 * turn) / repetitions);
      this.#notePrefill(await this.#ask(this.#prompt(prompt, turn), 1, false));
    }
  }

  /**
   * A prompt as long as was asked, then the same again with another end: what the server still has of it is not read twice,
   * so the end is prefill at a depth. A model that cannot go back reads all of it again, within the time allowed.
   */
  async deep(): Promise<void> {
    const { prompt, repetitions, depthTimeMs } = this.#plan;
    const generate = this.#generate;
    const depth = this.#reachableDepth();
    if (depth < 2 * prompt) return;
    const before = this.#prompt(depth - prompt, 0);
    const startedAt = performance.now();
    for (let turn = 0; turn <= repetitions; turn += 1) {
      if (turn > 1 && performance.now() - startedAt > depthTimeMs) {
        this.notes.push(
          `At depth ${depth} ${turn} of ${repetitions + 1} repetitions: more would take too long.`,
        );
        break;
      }
      await this.#target.between?.();
      this.#target.progress(
        'depth',
        `Measuring with ${depth} tokens before`,
        0.6 + (0.35 * turn) / (repetitions + 1),
      );
      const timings = await this.#ask([...before, ...this.#prompt(prompt, turn + 1)], generate, true);
      this.#noteDecode(depth, timings);
      if (timings.prompt === prompt && timings.cached > 0) this.#notePrefill(timings);
    }
  }

  /** Tokens to write each time, so that a slow model does not take minutes for each repetition. */
  #affordable({ predictedTokS }: Timings): number {
    const { generate } = this.#plan;
    const inTime = Math.floor((predictedTokS ?? Infinity) * DECODE_S);
    this.#generate = Math.min(generate, Math.max(WARM_UP_TOKENS, inTime));
    if (this.#generate < generate) {
      this.notes.push(
        `${this.#generate} tokens written each time instead of ${generate}, which would have taken long.`,
      );
    }
    return this.#generate;
  }

  #reachableDepth(): number {
    const { depth, depthTimeMs } = this.#plan;
    const rates = [...this.#samples.values()].filter(({ key }) => key.phase === 'prefill');
    const rate = spreadOf(rates.flatMap(({ values }) => values))?.median ?? 0;
    const inTime = Math.floor((rate * depthTimeMs) / 1000);
    if (inTime >= depth) return depth;
    this.notes.push(
      `Depth ${inTime} instead of ${depth}: reading more would have taken over ${Math.round(depthTimeMs / 1000)} s.`,
    );
    return inTime;
  }

  /**
   * The server's clock starts when the first token is there, so `n` tokens are `n − 1` decodes
   * (`tools/server/server-context.cpp: t_start_generation`).
   */
  #noteDecode(depth: number, { predicted, predictedTokS }: Timings): void {
    if (predictedTokS === null || predicted < 2) return;
    const key = { phase: 'decode', depth, tokens: predicted } as const;
    this.#note(key, (predictedTokS * (predicted - 1)) / predicted);
  }

  #notePrefill({ cached, prompt, promptTokS }: Timings): void {
    if (promptTokS === null || prompt < 1) return;
    this.#note({ phase: 'prefill', depth: cached, tokens: prompt }, promptTokS);
  }

  #note(key: Omit<MeasuredSpeed, 'tok_s'>, value: number): void {
    const name = `${key.phase} ${key.depth} ${key.tokens}`;
    const entry = this.#samples.get(name) ?? { key, values: [] };
    entry.values.push(value);
    this.#samples.set(name, entry);
    this.#target.onSpeeds?.(this.speeds());
  }

  /** So many tokens, which another `turn` changes from the first on. */
  #prompt(count: number, turn: number): number[] {
    const { vocabulary } = this.#plan;
    return Array.from({ length: count }, (_, index) => promptToken(index + 31 * turn, vocabulary));
  }

  async #ask(prompt: readonly number[], count: number, cache: boolean): Promise<Timings> {
    const { url, apiKey = null, signal } = this.#target;
    const body = {
      prompt,
      n_predict: count,
      ignore_eos: true,
      cache_prompt: cache,
      // The cheapest way to a token, so that decode is the model's and not the sampler's.
      samplers: ['top_k'],
      top_k: 1,
      seed: 1,
    };
    const timeoutMs = ANSWER_TIMEOUT_MS;
    const answer = await askServer({ url: new URL('completion', url), body, apiKey, timeoutMs, signal });
    const timings = answer.status === 200 ? parseCompletion(answer.body) : null;
    if (timings !== null) return timings;
    throw new RuntimeError('other-output', url.host, lastLines(JSON.stringify(answer.body).slice(0, 600)));
  }
}

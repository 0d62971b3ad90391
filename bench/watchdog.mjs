import { loadSources } from '../scripts/setup/load-sources.mjs';
import { say } from '../scripts/setup/say.mjs';

const MODULES = ['host/run/run-bench', 'host/run/watchdog', 'host/run/find-runtime', 'core/receipt/watch'];
const PAIRS = 8;

/**
 * What watching costs: decode of the GGUF file named in PLIMSOLL_BENCH_MODEL on llama-bench, with and without the watchdog,
 * interleaved (off on on off …), and the processor time that this process took for it.
 */
export async function run() {
  const model = process.env['PLIMSOLL_BENCH_MODEL'];
  if (model === undefined)
    return say('Name a GGUF file in PLIMSOLL_BENCH_MODEL, of a size that decodes below 100 tok/s.');
  const ours = await loadSources(MODULES);
  const bench = await ours.findRuntime('llama-bench', null, new AbortController().signal);
  if (bench === null) return say('llama-bench is not on PATH.');
  const speeds = { on: [], off: [] };
  let processor = 0;
  let seconds = 0;
  for (let turn = 0; turn < 2 * PAIRS; turn += 1) {
    const watched = turn % 4 === 1 || turn % 4 === 2;
    const before = process.cpuUsage();
    const startedAt = performance.now();
    const { speed, others } = await decode(ours, bench.path, model, watched);
    const { user, system } = process.cpuUsage(before);
    speeds[watched ? 'on' : 'off'].push(speed);
    if (watched) {
      processor += (user + system) / 1e6;
      seconds += (performance.now() - startedAt) / 1000;
    }
    const noise = others === null ? '' : `, others took ${(100 * others).toFixed(1)} % of the processor`;
    say(`${watched ? 'watched  ' : 'unwatched'} ${speed.toFixed(2)} tok/s${noise}`);
  }
  const [on, off] = [median(speeds.on), median(speeds.off)];
  const change = (100 * (on - off)) / off;
  say(`median watched ${on.toFixed(2)}, unwatched ${off.toFixed(2)} tok/s: ${change.toFixed(2)} %`);
  say(
    `this process took ${((100 * processor) / seconds).toFixed(2)} % of one core, starting the program included`,
  );
}

async function decode({ runBench, Watchdog, DEFAULT_LIMITS }, program, model, watched) {
  const watchdog = watched
    ? new Watchdog({ limits: DEFAULT_LIMITS, nvidiaSmi: null, onLimit: () => {} })
    : null;
  const { speeds } = await runBench({
    program,
    argv: ['-m', model],
    env: {},
    plan: { generate: 128, prompt: 16, repetitions: 1, depth: 0, depthTimeMs: 60_000, loadTimeMs: 120_000 },
    signal: new AbortController().signal,
    progress: () => {},
    onProcess: (pid) => watchdog?.watch(pid),
    beforeEnd: async () => {},
  });
  const envelope = (await watchdog?.stop()) ?? null;
  const { tok_s } = speeds.find(({ phase }) => phase === 'decode');
  return { speed: tok_s.median, others: envelope?.other_cpu_share ?? null };
}

function median(values) {
  const sorted = [...values].sort((left, right) => left - right);
  const middle = sorted.length >> 1;
  return sorted.length % 2 === 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
}

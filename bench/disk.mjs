import { tmpdir } from 'node:os';
import { loadSources } from '../scripts/setup/load-sources.mjs';
import { say } from '../scripts/setup/say.mjs';

const MODULES = [
  'core/figure',
  'core/reading/diskstats',
  'host/probe/disk',
  'host/probe/disk-builtin',
  'host/probe/disk-devices',
  'host/probe/disk-file',
  'host/probe/disk-fio',
  'host/probe/disk-place',
];
const ROUNDS = 5;
const SECONDS = 3;
const LARGEST_GIB = 4;
const UNITS = {
  sequential: { unit: 'GB/s', of: ({ bytesPerSecond }) => bytesPerSecond / 1e9, digits: 3 },
  random: { unit: 'reads/s', of: ({ iops }) => iops, digits: 0 },
};

/** The built-in O_DIRECT reader beside fio on the same file, in turns. Figures that did not come from the disk are shown as such. */
export async function run() {
  if (process.platform !== 'linux') return say('the built-in reader is for Linux');
  const probe = await loadSources(MODULES);
  const directory = process.env.PLIMSOLL_BENCH_DIR ?? tmpdir();
  const plan = await probe.prepareDisk(directory, LARGEST_GIB);
  if (plan.refused !== null) return say(`${directory}: ${plan.refused.message}`);
  const { signal } = new AbortController();
  const found = await probe.findFio(signal);
  if (found.kind === 'unusable') return say(found.reason);
  const written = await probe.writeTestFile(plan.directory, plan.file_bytes, { signal, progress: () => {} });
  if (written.kind === 'refused') return say(written.refusal.message);
  try {
    say(
      `${plan.directory} (${plan.fs_type}), file of ${plan.file_bytes / 2 ** 30} GiB, ${ROUNDS} x ${SECONDS} s`,
    );
    const names = (await probe.inspectPlace(plan.directory)).place.leaves.map(({ name }) => name);
    const readers = [probe.fioReader(found.fio, written.file), probe.builtinReader(written.file)];
    for (const pass of ['sequential', 'random']) await compare(probe, readers, pass, names, signal);
  } finally {
    await written.file.close();
  }
}

async function compare(probe, readers, pass, names, signal) {
  const { unit, of, digits } = UNITS[pass];
  const sides = [];
  for (const reader of readers)
    sides.push({ warm: await reader.warmUp(pass, 1, signal), values: [], latencies: [], ratios: [] });
  const failed = sides.find(({ warm }) => warm.kind === 'failed');
  if (failed) return say(`${pass}: ${failed.warm.reason}`);
  for (let round = 0; round < ROUNDS; round += 1) {
    for (const side of round % 2 === 0 ? sides : sides.toReversed()) {
      const before = await probe.deviceCounters();
      const result = await side.warm.run(SECONDS, signal);
      if (result.kind === 'failed') return say(`${pass}: ${result.reason}`);
      const delivered = probe.bytesReadBetween(before, await probe.deviceCounters(), names);
      side.values.push(of(result.run));
      side.ratios.push(delivered === null ? NaN : delivered / result.run.ioBytes);
      if (result.run.latencyMeanUs !== null && pass === 'random')
        side.latencies.push(result.run.latencyMeanUs);
    }
  }
  for (const { warm, values, latencies, ratios } of sides) {
    const { min, median, max } = probe.spreadOf(values);
    const spread = `${median.toFixed(digits)} ${unit} (${min.toFixed(digits)}-${max.toFixed(digits)})`;
    const latency = latencies.length === 0 ? '' : `, mean ${probe.spreadOf(latencies).median.toFixed(1)} µs`;
    const ratio = `from the disk ${Math.min(...ratios).toFixed(3)}-${Math.max(...ratios).toFixed(3)}`;
    say(`${pass.padEnd(10)}  ${warm.method.padEnd(25)}  ${spread}${latency}, ${ratio}`);
  }
  const [fio, builtin] = sides.map(({ values }) => probe.spreadOf(values).median);
  say(`${pass.padEnd(10)}  built-in / fio = ${(builtin / fio).toFixed(2)}`);
}

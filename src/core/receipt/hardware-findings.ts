import { spreadOf } from '../figure';
import type { Finding } from '../finding';
import { ratesOf } from '../plan/speed/rates';
import type { Profile } from '../profile/schema';
import { formatBytes, formatGbps, formatPercent } from '../report/format';
import { fromGbps, MIB } from '../units';
import type { RunFacts } from './judge-run';
import type { Envelope, MemoryResidual } from './schema';

type Card = Envelope['gpus'][number];
/** A run, and the figures of the machine that ran it; null: it was not measured. */
type KnownRun = RunFacts & { readonly profile: Profile | null };

/** What a run showed of hardware that gives less than it could, or than the profile says it gives. */
export function hardwareFindings(run: KnownRun, memory: readonly MemoryResidual[]): readonly Finding[] {
  const cards = (run.envelope?.gpus ?? []).flatMap((gpu, position) => {
    const path = `/envelope/gpus/${position}`;
    return linkFindings(gpu, path).concat(
      throttleFindings(gpu, `${path}/throttle`),
      spillFindings(gpu, `${path}/peak_memory_bytes`, memory),
    );
  });
  return [...bandwidthFindings(run), ...cards, ...limitFindings(run), ...powerFindings(run)];
}

/** Brief readings of memory that nobody else uses lie within 15 % of each other, so a fifth less is not their own noise. */
const LEAST_SHARE = 0.8;

/** Readings with fewer threads than the profile's figure was measured with say nothing of it. */
function bandwidthFindings({ readings, profile }: KnownRun): readonly Finding[] {
  if (profile === null) return [];
  const host = readings.filter(
    ({ device, threads }) => device === 'host' && ratesOf(profile, threads)[0]?.threadShare === 1,
  );
  const gbps = spreadOf(host.map((each) => each.gbps.median))?.median ?? null;
  const [read, expected] = [fromGbps(gbps), ratesOf(profile)[0]?.bytesPerSecond ?? null];
  if (read === null || expected === null || read >= LEAST_SHARE * expected) return [];
  return [
    warning(
      'memory-slow',
      '/readings',
      `Host memory gave ${formatGbps(gbps)} around the run, ${formatPercent(read / expected)} of the ${formatGbps(profile.hardware.memory.cpu_mem_bw_gbps)} in the machine’s profile, which the ceiling rests on.`,
      'Close what else reads memory, check power saving and cooling, and run it again; where it stays so, measure the machine anew with `plimsoll probe`.',
    ),
  ];
}

function linkFindings(gpu: Card, path: string): readonly Finding[] {
  const found: Finding[] = [];
  const { link_width: width, link_width_max: widthMax, device } = gpu;
  if (width !== null && widthMax !== null && width < widthMax) {
    found.push(
      warning(
        'pcie-narrow',
        `${path}/link_width`,
        `${device} ran on ${width} of ${widthMax} PCIe lanes under load.`,
        'Move it to a full-length slot, or check its seat and riser cable.',
      ),
    );
  }
  const { link_generation: generation, link_generation_max: generationMax } = gpu;
  if (generation !== null && generationMax !== null && generation < generationMax) {
    found.push(
      warning(
        'pcie-slow',
        `${path}/link_generation`,
        `${device} ran at PCIe generation ${generation} under load, though ${generationMax} would be possible.`,
        'Look in the firmware setup for the speed of its slot, and for a riser cable.',
      ),
    );
  }
  return found;
}

/** Reasons as `gpu-samples.ts` names them: the driver's or the card's own heat limit, and what its power supply asks for. */
function throttleFindings(gpu: Card, path: string): readonly Finding[] {
  const { device, throttle, peak_temperature_c: peak, power_limit_w: limit } = gpu;
  const found: Finding[] = [];
  if (throttle.includes('power-cap')) {
    found.push({
      severity: 'info',
      code: 'power-cap',
      path,
      message: `${device} ran at its power limit${limit === null ? '' : ` of ${limit} W`}.`,
      remedy: 'This is normal in long prompts; a higher limit would be faster and hotter.',
    });
  }
  if (throttle.some((reason) => reason.endsWith('-thermal'))) {
    found.push(
      warning(
        'gpu-hot',
        path,
        `${device} reached its temperature limit${peak === null ? '' : ` at ${peak} °C`} and lowered its clocks.`,
        'Clean its fans and heat sink, give the case more air, or lower its power limit.',
      ),
    );
  }
  if (throttle.includes('power-brake')) {
    found.push(
      warning(
        'power-brake',
        path,
        `${device} was slowed down because its power supply asked for it.`,
        'Check the power cables of the card, and whether the supply carries the whole machine.',
      ),
    );
  }
  // the driver sets this beside the reason that it knows
  if (throttle.includes('hardware-slowdown') && found.every(({ severity }) => severity === 'info')) {
    found.push(
      warning(
        'hardware-slowdown',
        path,
        `${device} was slowed down by its hardware.`,
        'Check its power cables and its cooling.',
      ),
    );
  }
  return found;
}

/** A card may hold this much more or less than the log says: contexts, kernels, a desktop that redraws. */
const SPILL_BYTES = 512 * MIB;

function spillFindings(gpu: Card, path: string, memory: readonly MemoryResidual[]): readonly Finding[] {
  const spilled = spilledBytes(gpu, memory);
  if (spilled === null || spilled <= SPILL_BYTES) return [];
  return [
    warning(
      'spilled',
      path,
      `${formatBytes(spilled)} of what was allocated on ${gpu.device} did not lie in its memory: the driver put it into the host’s.`,
      'Put fewer layers on the GPU, or switch off the driver’s fallback to system memory.',
    ),
  ];
}

function spilledBytes(
  { device, idle_memory_bytes: idle, peak_memory_bytes: peak }: Card,
  memory: readonly MemoryResidual[],
): number | null {
  if (idle === null || peak === null) return null;
  const own = memory.filter((row) => row.device === device && row.component !== 'overhead');
  const logged = own.reduce((sum, row) => sum + (row.measured_bytes ?? 0), 0);
  return logged === 0 ? null : logged - (peak - idle);
}

/** A card so hot that the watchdog ended the run: above every limit that cards set themselves. */
function limitFindings({ stoppedBy }: RunFacts): readonly Finding[] {
  if (stoppedBy?.code !== 'temperature') return [];
  return [
    warning(
      'temperature-limit',
      '/stopped_by',
      stoppedBy.message,
      'Look whether its fans turn and its heat sink is clean before anything else is run on it.',
    ),
  ];
}

function powerFindings({ powerSource }: RunFacts): readonly Finding[] {
  if (powerSource !== 'battery') return [];
  return [
    warning(
      'on-battery',
      '/conditions/power_source',
      'The machine ran on its battery.',
      'Run it on mains: most machines hold their clocks down on battery.',
    ),
  ];
}

function warning(code: string, path: string, message: string, remedy: string): Finding {
  return { severity: 'warning', code, path, message, remedy };
}

import { finding, type Finding } from '../finding';
import type { ExactArguments } from './arguments';
import type { ExactSettings } from './exact-settings';

/** What the arguments themselves give to say, beside what any plan has to; of a machine whose GPUs are not known, nothing of how many there are. */
export function argumentFindings(
  given: ExactArguments,
  { devices }: ExactSettings,
  gpusUnknown: boolean,
): readonly Finding[] {
  return [
    ...given.findings,
    ...fitFindings(given, devices.length),
    ...splitFindings(given, devices.length),
    ...idleFindings(given, gpusUnknown ? null : devices.length),
    ...nameFindings(given, devices),
    ...ignoredFindings(given),
  ];
}

/** `common/fit.cpp`: it changes the context where -c is not given, and the placement where nothing of it is. */
function fitFindings(given: ExactArguments, devices: number): readonly Finding[] {
  if (!given.fit || given.tool === 'llama-fit-params') return [];
  const context =
    given.context === null && !given.argv.some((word) => word === '-c' || word === '--ctx-size');
  const placement =
    devices > 0 &&
    given.gpuLayers === 'auto' &&
    given.overrides.length === 0 &&
    given.cpuMoeLayers === 0 &&
    given.tensorSplit === null;
  const changes = [...(context ? ['-c'] : []), ...(placement ? ['-ngl', '-ts', '-ot'] : [])];
  if (changes.length === 0) return [];
  return [
    finding(
      'warning',
      'fit-on',
      `--fit is on, so llama.cpp may change what is not set (${changes.join(', ')}) to what fits; judged as if it were off.`,
      'Add `--fit off` to have these arguments as they are.',
    ),
  ];
}

function splitFindings(given: ExactArguments, devices: number): readonly Finding[] {
  if (devices < 2 || given.tensorSplit !== null || given.splitMode === 'none') return [];
  return [
    finding(
      'info',
      'split-by-free-memory',
      'Layers are split by what is free on each device when llama.cpp starts; judged by what was free when the machine was measured.',
      'Give the shares with -ts.',
    ),
  ];
}

/** Options that contradict others, or for which there is nothing to do: llama.cpp takes them in silence. */
function idleFindings(given: ExactArguments, devices: number | null): readonly Finding[] {
  const { gpuLayers, tensorSplit, splitMode, cpuMoeLayers } = given;
  const layers = gpuLayers === 'all' || (typeof gpuLayers === 'number' && gpuLayers > 0);
  const sentences = [
    ...(layers && devices === 0
      ? [`-ngl ${gpuLayers} puts layers on GPUs, and these arguments use none.`]
      : []),
    ...(tensorSplit !== null && gpuLayers === 0
      ? ['-ts shares layers out, and -ngl 0 puts none on a GPU.']
      : []),
    ...(tensorSplit !== null && gpuLayers !== 0 && devices !== null && devices < 2
      ? [
          `-ts shares layers out${splitMode === 'none' ? ', and -sm none puts all on one GPU' : ' over several GPUs, and these arguments use no more than one'}.`,
        ]
      : []),
    ...(tensorSplit !== null && devices !== null && devices > 1 && tensorSplit.length > devices
      ? [
          `-ts has ${tensorSplit.length} shares, and these arguments use ${devices} GPUs: the rest is not read.`,
        ]
      : []),
    ...(cpuMoeLayers > 0 && devices === 0
      ? ['-ncmoe keeps experts in host memory, where all of the model is without a GPU.']
      : []),
  ];
  return sentences.map((message) =>
    finding('info', 'choice-without-effect', message, 'Leave it out, or correct what stands against it.'),
  );
}

/** Names that another build has for these cards: the one that was found would end at once. */
function nameFindings(given: ExactArguments, devices: ExactSettings['devices']): readonly Finding[] {
  if (given.devices?.length !== devices.length) return [];
  const others = devices.flatMap(({ listed }, position) => {
    const name = given.devices![position]!;
    return listed === null || listed.toLowerCase() === name.toLowerCase() ? [] : [`${name} ${listed}`];
  });
  if (others.length === 0) return [];
  return [
    finding(
      'warning',
      'device-not-listed',
      `The llama-server that was found has other names: it calls ${others.join(', and ')}, and would not start with these.`,
      'Write its names, or run another build of llama.cpp.',
    ),
  ];
}

function ignoredFindings({ ignored }: ExactArguments): readonly Finding[] {
  if (ignored.length === 0) return [];
  const list =
    ignored.length > 12
      ? `${ignored.slice(0, 12).join(', ')} and ${ignored.length - 12} more`
      : ignored.join(', ');
  return [finding('info', 'no-part-in-memory', `Has no part in memory: ${list}.`, null)];
}

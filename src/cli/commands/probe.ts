import { saveReport } from '../../agent/save-report';
import { toGpuContainer } from '../../core/profile/to-gpu-container';
import { formatProfile } from '../../core/profile/parse-profile';
import type { Comparison } from '../../core/profile/comparison';
import type { Profile } from '../../core/profile/schema';
import { comparisonText } from '../../core/report/comparison-text';
import { profileText } from '../../core/report/profile-text';
import type { CliCommand, Context } from '../command';
import { exitStatus } from '../exit-status';
import { collect } from '../option-values';
import { profileFrom } from '../profile-file';
import { diskPlanText, largestFileGib, type DiskPlan } from '../../core/report/disk-plan-text';

interface ProbeOptions {
  readonly out?: string;
  readonly quick?: boolean;
  readonly disk: boolean;
  readonly dir?: readonly string[];
  readonly compare?: string | true;
  readonly format: 'plimsoll' | 'gpu-container';
}

export const probe: CliCommand<ProbeOptions> = {
  meta: {
    name: 'probe',
    summary: 'Measure this machine and keep the profile.',
    options: [
      { flags: '--out <file>', description: 'write the profile there instead of keeping it' },
      { flags: '--quick', description: 'no disk and a short memory run: about two seconds' },
      { flags: '--no-disk', description: 'measure no disk' },
      {
        flags: '--dir <folder>',
        description: 'folder whose disk to measure; may be given again',
        parse: collect,
      },
      {
        flags: '--compare [file]',
        description: 'show what changed since the measurement before, or since that profile',
      },
      {
        flags: '--format <format>',
        description: 'format of the file',
        choices: ['plimsoll', 'gpu-container'],
        default: 'plimsoll',
      },
    ],
  },
  async handler(context, options) {
    // Read first: a file that is no profile must not cost a measurement.
    const before = typeof options.compare === 'string' ? await profileFrom(options.compare) : null;
    const quick = options.quick === true;
    const disks = quick || !options.disk ? [] : await announceDisks(context, options.dir ?? []);
    const foreign = options.format === 'gpu-container';
    const { profile, path } = await context.call('profile.measure', {
      quick,
      directories: disks.map(({ directory }) => directory),
      out: foreign ? null : (options.out ?? null),
    });
    if (foreign && options.out !== undefined)
      await saveReport(options.out, fileText(profile, options.format));
    const comparison = options.compare === undefined ? null : await compare(context, before, profile);
    printProfile(context, profile, comparison, options);
    context.terminal.say(`The profile is in ${options.out ?? path}.`);
    return exitStatus.done;
  },
};

/** Says what will be written where before anything is. */
async function announceDisks(
  { call, terminal }: Context,
  directories: readonly string[],
): Promise<readonly DiskPlan[]> {
  const { disks } = await call('profile.prepare', { directories: [...directories] });
  for (const disk of disks) terminal.say(diskPlanText(disk, largestFileGib));
  return disks;
}

async function compare(
  { call, terminal }: Context,
  before: Profile | null,
  after: Profile,
): Promise<Comparison | null> {
  const { comparison } = await call('profile.compare', { before, after });
  if (comparison === null) terminal.say('There is no earlier measurement to compare with.');
  return comparison;
}

function printProfile(
  { terminal, json }: Context,
  profile: Profile,
  comparison: Comparison | null,
  { format, out, compare: compared }: ProbeOptions,
): void {
  if (json && compared !== undefined)
    terminal.printRaw(`${JSON.stringify({ profile, comparison }, null, 2)}\n`);
  else if (json || (format === 'gpu-container' && out === undefined))
    terminal.printRaw(fileText(profile, format));
  else {
    terminal.print(profileText(profile, terminal));
    if (comparison !== null) terminal.print(`\n${comparisonText(comparison, terminal)}`);
  }
}

function fileText(profile: Profile, format: ProbeOptions['format']): string {
  if (format === 'plimsoll') return formatProfile(profile);
  return `${JSON.stringify(toGpuContainer(profile), null, 2)}\n`;
}

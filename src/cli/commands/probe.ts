import { saveReport } from '../../agent/save-report';
import { toGpuContainer } from '../../core/profile/to-gpu-container';
import { formatProfile } from '../../core/profile/parse-profile';
import type { Profile } from '../../core/profile/schema';
import { profileText } from '../../core/report/profile-text';
import type { CliCommand, Context } from '../command';
import { exitStatus } from '../exit-status';
import { collect } from '../option-values';
import { diskPlanText, largestFileGib, type DiskPlan } from '../../core/report/disk-plan-text';

interface ProbeOptions {
  readonly out?: string;
  readonly quick?: boolean;
  readonly disk: boolean;
  readonly dir?: readonly string[];
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
        flags: '--format <format>',
        description: 'format of the file',
        choices: ['plimsoll', 'gpu-container'],
        default: 'plimsoll',
      },
    ],
  },
  async handler(context, options) {
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
    printProfile(context, profile, options);
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

function printProfile({ terminal, json }: Context, profile: Profile, { format, out }: ProbeOptions): void {
  if (json || (format === 'gpu-container' && out === undefined)) terminal.printRaw(fileText(profile, format));
  else terminal.print(profileText(profile, terminal));
}

function fileText(profile: Profile, format: ProbeOptions['format']): string {
  if (format === 'plimsoll') return formatProfile(profile);
  return `${JSON.stringify(toGpuContainer(profile), null, 2)}\n`;
}

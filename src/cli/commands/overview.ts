import { profileText } from '../../core/report/profile-text';
import { diskPlanText } from '../../core/report/disk-plan-text';
import { bestFit, overviewText, type Overview } from '../../core/report/overview-text';
import { printResult, type CliCommand, type Context } from '../command';
import { exitStatus } from '../exit-status';
import { numberFrom } from '../option-values';
import { planAll } from '../plan-all';

interface OverviewOptions {
  readonly fileGib: number;
}

export const overview: CliCommand<OverviewOptions> = {
  meta: {
    name: 'overview',
    summary: 'Measure this machine and plan every model found and known.',
    options: [
      {
        flags: '--file-gib <gib>',
        description: 'largest file to write for measuring the disk',
        parse: fileSize,
        default: 1,
      },
    ],
  },
  async handler(context, { fileGib }) {
    const { profile, path } = await measure(context, fileGib);
    if (!context.json) context.terminal.print(`${profileText(profile, context.terminal)}\n`);
    const found = await context.call('model.find', { directories: [], judged: false });
    const known = await context.call('model.catalog', {});
    const result: Overview = {
      profilePath: path,
      found: await planAll(
        context,
        found.models.map((model) => ({ name: model.name, reference: model.reference, bytes: model.bytes })),
      ),
      catalog: await planAll(
        context,
        known.entries.map((entry) => ({ name: entry.name, reference: entry.name, bytes: null })),
      ),
    };
    printResult(context, jsonOf(result), () => overviewText(result, context.terminal));
    return exitStatus.done;
  },
};

function fileSize(text: string): number {
  return Math.min(4, numberFrom(1)(text));
}

async function measure({ call, terminal }: Context, fileGib: number) {
  const { disks } = await call('profile.prepare', { directories: [] });
  for (const disk of disks) terminal.say(diskPlanText(disk, fileGib));
  return call('profile.measure', {
    directories: disks.map(({ directory }) => directory),
    disk_file_gib: fileGib,
  });
}

function jsonOf({ profilePath, found, catalog }: Overview) {
  return { profile_path: profilePath, found, catalog, best: bestFit(found)?.plan ?? null };
}

import { runtimeListText } from '../../core/report/runtime-list-text';
import { embeddedKinds, type EmbeddedKind } from '../../core/runtime/embedded-packages';
import { formatBytes } from '../../core/report/format';
import { ExpectedError } from '../../contract/errors';
import { printResult, type CliCommand, type Context } from '../command';
import { exitStatus } from '../exit-status';

type Action = 'list' | 'install' | 'remove';
const actions: readonly Action[] = ['list', 'install', 'remove'];

export const runtime: CliCommand = {
  meta: {
    name: 'runtime',
    summary: 'Install a runtime for trials where llama.cpp is not: node-llama-cpp, through npm.',
    argument: { name: 'action', description: actions.join(', '), optional: true },
    rest: { name: 'kind', description: embeddedKinds.join(', ') },
    options: [],
  },
  async handler(context, _, action, rest) {
    const { action: wanted, kind } = readWords([action, ...rest]);
    const { terminal, call } = context;
    if (wanted === 'list') {
      const list = await call('runtime.list', {});
      printResult(context, list, () => runtimeListText(list, terminal));
    } else if (wanted === 'install') {
      await install(context, kind!);
    } else {
      const { removed } = await call('runtime.remove', { kind: kind! });
      terminal.say(removed ? `The ${kind} runtime is removed.` : `There was no ${kind} runtime.`);
    }
    return exitStatus.done;
  },
};

/** Says what comes and how large it is before anything is fetched. */
async function install({ call, terminal, json }: Context, kind: EmbeddedKind): Promise<void> {
  const { offered } = await call('runtime.list', {});
  const offer = offered.find((each) => each.kind === kind);
  if (offer !== undefined) {
    const size = offer.bytes === null ? 'an unknown size' : `about ${formatBytes(offer.bytes)}`;
    terminal.say(`${offer.packages.join(' and ')}, with what they need, take ${size} in the data folder.`);
  }
  const { runtime: installed } = await call('runtime.install', { kind });
  if (json) terminal.printRaw(`${JSON.stringify(installed, null, 2)}\n`);
  terminal.say(`${formatBytes(installed.bytes)} are in ${installed.folder}.`);
}

function readWords(words: readonly string[]): { action: Action; kind: EmbeddedKind | null } {
  const [first = 'list', second, ...more] = words.filter((word) => word !== '');
  const action = actions.find((each) => each === first);
  const kind = embeddedKinds.find((each) => each === second) ?? null;
  const wanted = action === 'list' ? second === undefined : kind !== null;
  if (action !== undefined && wanted && more.length === 0) return { action, kind };
  throw new ExpectedError(
    'usage',
    `"runtime ${words.join(' ')}" is nothing that can be done.`,
    `Say runtime list, runtime install KIND or runtime remove KIND; KIND is one of ${embeddedKinds.join(', ')}.`,
  );
}

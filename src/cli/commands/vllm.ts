import { ExpectedError } from '../../contract/errors';
import type { CommandInput } from '../../contract/commands';
import { scriptShells, type ScriptShell } from '../../core/export/script';
import { vllmText } from '../../core/report/vllm-text';
import {
  artifactKinds,
  type ArtifactKind,
  type Serving,
  servingSchema,
} from '../../core/vllm/artifacts/serving';
import {
  type CardChoice,
  type Deployment,
  DeploymentError,
  parseDeployment,
} from '../../core/vllm/deployment';
import { type VllmRequest, vllmRequestSchema } from '../../core/vllm/schema';
import type { CliCommand, Context } from '../command';
import { countedCard } from '../counted-card';
import { statusOfVerdict } from '../exit-status';
import { readNamedFile } from '../named-file';
import { collect } from '../option-values';
import { profileFrom } from '../profile-file';
import { catalogOption } from './catalog';
import { requestPartOf, vllmRequestOptions, type VllmRequestOptions } from './vllm-options';

interface VllmOptions extends VllmRequestOptions {
  readonly config?: string;
  readonly gpus?: readonly string[];
  readonly profile?: string;
  readonly catalog?: readonly string[];
  readonly kind?: readonly string[];
  readonly out?: string;
  readonly force?: boolean;
  readonly shell?: ScriptShell;
  readonly checkpoint?: string;
  readonly image?: string;
  readonly port?: string;
  readonly name?: string;
  readonly tokenSecret?: string;
}

const actions = ['plan', 'recommend', 'generate'] as const;
type Action = (typeof actions)[number];

export const vllm: CliCommand<VllmOptions> = {
  meta: {
    name: 'vllm',
    summary: 'Say whether a vLLM deployment fits, what to set, and write what starts it.',
    argument: { name: 'action', description: actions.join(', ') },
    rest: { name: 'ref', description: 'the model, as for `plan`' },
    options: [
      {
        flags: '--config <file>',
        description: 'a deployment in YAML: model, hardware, workload, policy, serving',
      },
      {
        flags: '--gpus <card>',
        description: 'cards of the catalog, e.g. 2xh100-sxm; may be repeated; default: those of this machine',
        parse: collect,
      },
      { flags: '--profile <file>', description: 'the machine whose cards they are' },
      catalogOption,
      ...vllmRequestOptions,
      {
        flags: '--checkpoint <repo>',
        description: 'what to serve instead of the model itself, e.g. an AWQ checkpoint',
      },
      {
        flags: '--shell <shell>',
        description: 'whose quoting; default: that of this system',
        choices: scriptShells,
      },
      {
        flags: '--kind <kind>',
        description: `generate: one of ${artifactKinds.join(', ')}; may be repeated; default: all`,
        parse: collect,
      },
      { flags: '--out <folder>', description: 'generate: write there instead of to stdout' },
      { flags: '--force', description: 'generate: replace files that are there' },
      { flags: '--image <image>', description: 'generate: container image' },
      { flags: '--port <port>', description: 'port of the server; default: 8000' },
      { flags: '--name <name>', description: 'generate: of container, service and manifest' },
      {
        flags: '--token-secret <name>',
        description: 'generate: Kubernetes secret with the token of the hub; default: hf-token',
      },
    ],
  },
  async handler(context, options, name, words) {
    const action = actionNamed(name);
    const deployment = options.config === undefined ? null : await deploymentFrom(options.config);
    const serving = servingOf(options, deployment);
    const input = await inputOf(options, deployment, words, action);
    const shell = options.shell ?? (process.platform === 'win32' ? 'powershell' : 'posix');
    return action === 'generate'
      ? await generate(context, input, serving, shell, options)
      : await plan(context, input, serving, shell);
  },
};

async function plan(
  context: Context,
  input: CommandInput<'vllm.plan'>,
  serving: Serving,
  shell: ScriptShell,
): Promise<number> {
  const { call, terminal, json } = context;
  const answer = await call('vllm.plan', input);
  if (json) terminal.printRaw(`${JSON.stringify(answer, null, 2)}\n`);
  else terminal.print(vllmText(answer, serving, shell, terminal));
  return statusOfVerdict(answer.verdict);
}

async function generate(
  { call, terminal, json }: Context,
  input: CommandInput<'vllm.plan'>,
  serving: Serving,
  shell: ScriptShell,
  { kind, out, force = false }: VllmOptions,
): Promise<number> {
  const kinds = kind === undefined ? [...artifactKinds] : kind.map((each) => kindNamed(each));
  const made = await call('vllm.generate', { ...input, serving, kinds, shell, out: out ?? null, force });
  if (json) terminal.printRaw(`${JSON.stringify(made, null, 2)}\n`);
  else {
    for (const { path, file_name: file, text } of made.artifacts) {
      if (path !== null) terminal.say(`Written to ${path}.`);
      else terminal.printRaw(made.artifacts.length === 1 ? text : `# ${file}\n${text}\n`);
    }
    if (made.plan.verdict !== 'ship') {
      terminal.say(`It is not known to fit: ${made.plan.reasons.map(({ message }) => message).join(' ')}`);
    }
  }
  return statusOfVerdict(made.plan.verdict);
}

async function inputOf(
  options: VllmOptions,
  deployment: Deployment | null,
  words: readonly string[],
  action: Action,
): Promise<CommandInput<'vllm.plan'>> {
  if (words.length > 1) throw usage('More than one model was named.', 'Name one.');
  const reference = words[0] ?? deployment?.reference ?? null;
  if (reference === null) {
    throw usage('No model was named.', `Say \`plimsoll vllm ${action} REF\`, or name it in a --config file.`);
  }
  const gpus = gpusOf(options, deployment);
  return {
    reference,
    gpus: gpus === null ? null : [...gpus],
    profile: options.profile === undefined ? null : await profileFrom(options.profile),
    catalogs: [...(options.catalog ?? [])],
    request: requestOf(options, deployment),
    recommend: action !== 'plan',
  };
}

/** Cards that were named here count before those of the file; a profile that was named, before both. */
function gpusOf(options: VllmOptions, deployment: Deployment | null): readonly CardChoice[] | null {
  if (options.gpus !== undefined) return options.gpus.map((text) => countedCard('--gpus', text));
  return options.profile === undefined ? (deployment?.gpus ?? null) : null;
}

function requestOf(options: VllmOptions, deployment: Deployment | null): VllmRequest {
  const parsed = vllmRequestSchema.safeParse({ ...deployment?.request, ...requestPartOf(options) });
  if (parsed.success) return parsed.data;
  const { path, message } = parsed.error.issues[0]!;
  throw usage(
    `--${String(path[0]).replaceAll('_', '-')}: ${message}.`,
    'Run `plimsoll vllm --help` to see what can be said.',
  );
}

function servingOf(options: VllmOptions, deployment: Deployment | null): Serving {
  const said = {
    checkpoint: options.checkpoint,
    image: options.image,
    port: options.port === undefined ? undefined : Number(options.port),
    name: options.name,
    token_secret: options.tokenSecret,
  };
  const known = Object.entries(said).filter(([, value]) => value !== undefined);
  const parsed = servingSchema.safeParse({ ...deployment?.serving, ...Object.fromEntries(known) });
  if (parsed.success) return parsed.data;
  const { path, message } = parsed.error.issues[0]!;
  throw usage(
    `--${String(path[0]).replaceAll('_', '-')}: it ${message.replace(/^Invalid input: /u, '')}.`,
    'Say another.',
  );
}

async function deploymentFrom(path: string): Promise<Deployment> {
  const text = await readNamedFile(path, { what: 'The deployment ', remedy: 'Check the path.' });
  try {
    return parseDeployment(text);
  } catch (error) {
    if (!(error instanceof DeploymentError)) throw error;
    throw new ExpectedError(
      'invalid-input',
      `${path}: ${error.faults.join(' ')}`,
      'Correct the file and try again.',
    );
  }
}

function actionNamed(name: string): Action {
  const found = actions.find((each) => each === name);
  if (found !== undefined) return found;
  throw usage(`There is no action "${name}".`, `Say one of ${actions.join(', ')}.`);
}

function kindNamed(name: string): ArtifactKind {
  const found = artifactKinds.find((each) => each === name);
  if (found !== undefined) return found;
  throw usage(`There is no artifact "${name}".`, `Say one of ${artifactKinds.join(', ')}.`);
}

function usage(message: string, remedy: string): ExpectedError {
  return new ExpectedError('usage', message, remedy);
}

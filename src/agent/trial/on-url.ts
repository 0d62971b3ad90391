import { parseServedModels, otherThan } from '../../core/receipt/served-model';
import { parseProperties, type ServerProperties } from '../../core/receipt/server-answers';
import { askServer, type Answer } from '../../host/run/ask-server';
import { measureServer, type ServerTarget } from '../../host/run/measure-server';
import { RuntimeError } from '../../host/run/runtime-error';
import { contextOf, progressOf, runPlanOf, type Outcome, type TrialQuestion } from './question';

/** What a server is asked for before it is measured comes at once. */
const PROPERTIES_TIMEOUT_MS = 10_000;

/**
 * Measures a llama-server that runs already, with the key of the environment where it asks for one. The key goes to that
 * address and nowhere else. Throws RuntimeError, also where the server has another model than the plan.
 */
export async function runOnUrl(
  question: TrialQuestion,
  target: Pick<ServerTarget, 'url' | 'signal' | 'onSpeeds'>,
): Promise<Outcome> {
  const server = { ...target, apiKey: apiKey(), progress: progressOf(question.task) };
  const properties = await propertiesOf(server);
  const unsure = await sameModel(question, server, properties);
  const context = properties.context ?? contextOf(question);
  const { speeds, notes } = await measureServer(server, runPlanOf(question, context));
  return {
    runtime: {
      tool: 'llama-server-url',
      build: properties.build,
      backends: null,
      argv: null,
      env: {},
      splitMode: null,
      context: properties.context,
    },
    log: null,
    method: `a llama-server that was running already, by ${target.url.host}: timings of /completion`,
    notes: [
      'What this server was started with is not known, so the plan may be of other flags than were measured.',
      ...unsure,
      ...notes,
    ],
    speeds,
  };
}

/** Where llama-server reads its own; of several, between commas, any will do. */
function apiKey(): string | null {
  const keys = (process.env['LLAMA_API_KEY'] ?? '').split(',').map((key) => key.trim());
  return keys.find((key) => key !== '') ?? null;
}

async function propertiesOf(server: ServerTarget): Promise<ServerProperties> {
  const answer = await ask(server, 'props');
  const properties = answer.status === 200 ? parseProperties(answer.body) : null;
  if (properties !== null) return properties;
  throw new RuntimeError('not-llama-server', `${server.url.host} says status ${answer.status} to /props`);
}

/** What is not certain of the model that is served; throws where it is another. By its file's name where it does not say its size. */
async function sameModel(
  { model: { model }, plan }: TrialQuestion,
  server: ServerTarget,
  { modelPath }: ServerProperties,
): Promise<readonly string[]> {
  const answer = await ask(server, 'v1/models');
  const served = answer.status === 200 ? parseServedModels(answer.body) : null;
  const name = modelPath === null ? null : fileName(modelPath);
  const known = fileName(plan.model.locator);
  if (served === null) {
    if (name !== null && name !== known) throw new RuntimeError('other-model', `${name} instead of ${known}`);
    return ['The server does not say how large its model is: that it is the plan’s is not checked.'];
  }
  const difference = otherThan(served, model);
  if (difference !== null) throw new RuntimeError('other-model', `${name ?? 'a model'} with ${difference}`);
  return name === null || name === known
    ? []
    : [`The server has ${name} loaded, which is as large as the plan’s model.`];
}

async function ask({ url, apiKey: key = null, signal }: ServerTarget, path: string): Promise<Answer> {
  const timeoutMs = PROPERTIES_TIMEOUT_MS;
  try {
    return await askServer({ url: new URL(path, url), body: null, apiKey: key, timeoutMs, signal });
  } catch (error) {
    if (!(error instanceof RuntimeError) || error.fault !== 'run-timeout') throw error;
    throw new RuntimeError('not-reachable', url.host, `nothing within ${timeoutMs / 1000} s`);
  }
}

function fileName(path: string): string {
  return path.split(/[/\\]/).at(-1) ?? path;
}

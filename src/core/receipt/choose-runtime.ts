import type { Plan } from '../plan/schema';

/** Programs of llama.cpp, and the runtime that Plimsoll installs. */
export type TrialTool = 'llama-server' | 'llama-bench' | 'node-llama-cpp';

/** Why a tool cannot run a plan as it stands; null where it can. */
export function cannotExpress(plan: Plan, tool: TrialTool): string | null {
  if (tool === 'node-llama-cpp') return cannotEmbed(plan);
  if (!plan.commands.some((command) => command.tool === tool)) return `the plan has no command for ${tool}`;
  if (tool === 'llama-server') return null;
  if (plan.request.parallel > 1) return 'llama-bench has one sequence, and the plan has several';
  const server = plan.commands.find((command) => command.tool === 'llama-server');
  const own = (server?.argv ?? []).find((flag) => SERVER_ONLY.has(flag));
  return own === undefined ? null : `llama-bench has no ${own}, which the plan needs`;
}

/** The embedded runtime has layers on the devices it finds, one sequence, and a cache; nothing moves by name or by expert. */
function cannotEmbed(plan: Plan): string | null {
  if (plan.request.parallel > 1)
    return 'the embedded runtime is measured with one sequence, and the plan has several';
  const server = plan.commands.find((command) => command.tool === 'llama-server');
  if (server === undefined)
    return 'the plan has no command for llama-server, from which the embedded runtime takes its values';
  const own = server.argv.find((flag, index) => NOT_EMBEDDED.has(flag) && server.argv[index + 1] !== '0');
  return own === undefined ? null : `the embedded runtime has no ${own}, which the plan needs`;
}

const NOT_EMBEDDED: ReadonlySet<string> = new Set([
  '--no-repack',
  '-cmoe',
  '-ncmoe',
  '-ot',
  '-ts',
  '-nkvo',
  '-kvu',
  '-md',
  '--mmproj',
  '--no-op-offload',
]);

/** Flags that change where bytes lie or how they are computed, and that only the server has. */
const SERVER_ONLY: ReadonlySet<string> = new Set(['--no-repack', '-cmoe', '--swa-full', '-kvu']);

export interface RuntimeChoice {
  readonly tool: TrialTool;
  /** For the receipt: which was taken and why. */
  readonly reason: string;
}

/**
 * The best of the tools that are there: llama-server says all of the plan and tells its memory; llama-bench says what it
 * can. Null where none of them can run the plan.
 */
export function chooseRuntime(plan: Plan, there: ReadonlySet<TrialTool>): RuntimeChoice | null {
  if (there.has('llama-server') && cannotExpress(plan, 'llama-server') === null) {
    return {
      tool: 'llama-server',
      reason: 'llama-server was taken: it can run the whole plan and tells its memory by component.',
    };
  }
  if (there.has('llama-bench') && cannotExpress(plan, 'llama-bench') === null) {
    return {
      tool: 'llama-bench',
      reason: 'llama-bench was taken: no llama-server that can run the plan was found.',
    };
  }
  if (there.has('node-llama-cpp') && cannotExpress(plan, 'node-llama-cpp') === null) {
    return {
      tool: 'node-llama-cpp',
      reason: 'The embedded runtime was taken: no llama.cpp that can run the plan was found.',
    };
  }
  return null;
}

import { quoteCommand, shellOf } from '../../core/plan/quote';
import type { Command, Plan } from '../../core/plan/schema';

/** A command as it is typed on the machine it is for. llama-server's line is the plan's own. */
export function commandLine(plan: Plan, { tool, argv, env }: Command, os: string | null): string {
  if (tool === 'llama-server' && plan.flags !== '') return plan.flags;
  return quoteCommand(tool, argv, env, shellOf(os));
}

import { vllmTitle } from '../../core/report/vllm-text';
import type { VllmPlan } from '../../core/vllm/schema';
import { VerdictFrame } from '../parts/verdict-frame';

/** Whether the deployment fits, and why. */
export function DeploymentVerdict({ plan }: { plan: VllmPlan }) {
  const reasons = [...plan.reasons.map(({ message }) => message), vllmTitle(plan)];
  return <VerdictFrame verdict={plan.verdict} reasons={reasons} />;
}

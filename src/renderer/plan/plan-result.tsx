import type { Calibration } from '../../core/calibration/schema';
import type { Model } from '../../core/model/schema';
import type { Plan, PlanRequest } from '../../core/plan/schema';
import type { Profile } from '../../core/profile/schema';
import { FindingsList } from '../parts/findings-list';
import { Panel } from '../parts/panel';
import { AssumptionsPanel } from './assumptions-panel';
import { findingsBeside } from './findings-beside';
import { FitPanel } from './fit-panel';
import { FlagsPanel } from './flags-panel';
import { ForecastPanel } from './forecast-panel';
import { MakeUpPanel } from './make-up-panel';
import { MemoryPanel } from './memory-panel';
import { SearchPanel } from './search-panel';
import { SweepPanel } from './sweep-panel';

interface PlanResultProps {
  readonly model: Model;
  readonly profile: Profile;
  readonly plan: Plan;
  readonly request: PlanRequest;
  readonly calibration: Calibration | null;
}

/** All that follows from the verdict: memory, speed, flags, context, and what it all rests on. */
export function PlanResult({ model, profile, plan, request, calibration }: PlanResultProps) {
  const question = { model, profile, request, calibration };
  const findings = findingsBeside(plan.findings, model.findings);
  return (
    <>
      <MemoryPanel rows={plan.memory} />
      <ForecastPanel plan={plan} profile={profile} />
      <FlagsPanel plan={plan} os={profile.hardware.platform.os} />
      {findings.length === 0 ? null : (
        <Panel title="Findings">
          <FindingsList findings={findings} />
        </Panel>
      )}
      {plan.exact === null ? (
        <>
          <SearchPanel search={plan.search} />
          <FitPanel question={question} />
          <SweepPanel question={question} plan={plan} />
        </>
      ) : null}
      <MakeUpPanel model={model} />
      <AssumptionsPanel assumptions={plan.assumptions} />
    </>
  );
}

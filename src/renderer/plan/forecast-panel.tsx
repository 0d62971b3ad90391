import { Anchor, SimpleGrid, Text } from '@mantine/core';
import type { Plan, Speed } from '../../core/plan/schema';
import type { Profile } from '../../core/profile/schema';
import { explainReason, formatRate, formatTokenRate } from '../../core/report/format';
import { describePointer } from '../../core/report/figure-specs';
import { Panel } from '../parts/panel';
import { hrefOf } from '../state/use-route';
import classes from './forecast-panel.module.css';
import { SpeedRange } from './speed-range';

/** How fast it would be: an interval below a ceiling, or what is missing to say so. */
export function ForecastPanel({ plan, profile }: { plan: Plan; profile: Profile }) {
  const floor = plan.request.floor_tok_s;
  return (
    <Panel title="Forecast" note={basisOf(plan.decode)}>
      <SimpleGrid cols={{ base: 1, sm: 2 }} spacing="xl">
        <Phase title="Generating" speed={plan.decode} floor={floor} profile={profile} />
        <Phase title="Reading the prompt" speed={plan.prefill} floor={null} profile={profile} />
      </SimpleGrid>
    </Panel>
  );
}

interface PhaseProps {
  readonly title: string;
  readonly speed: Speed;
  readonly floor: number | null;
  readonly profile: Profile;
}

function Phase({ title, speed, floor, profile }: PhaseProps) {
  const { low_tok_s: low, high_tok_s: high, forecast_tok_s: forecast, ceiling_tok_s: ceiling } = speed;
  return (
    <div>
      <Text size="sm" c="dimmed">
        {title}
      </Text>
      {low === null || high === null ? (
        <MissingSpeed missing={speed.missing} ceiling={ceiling} profile={profile} />
      ) : (
        <>
          <p className={classes.range}>
            {formatRate(low)}–{formatRate(high)} <span className={classes.unit}>tok/s</span>
          </p>
          <SpeedRange low={low} high={high} forecast={forecast} ceiling={ceiling} floor={floor} />
          <Text size="sm" c="dimmed">
            {[
              forecast === null ? null : `likely ${formatTokenRate(forecast)}`,
              ceiling === null ? null : `never above ${formatTokenRate(ceiling)}`,
              floor === null ? null : `floor ${formatTokenRate(floor)}`,
            ]
              .filter((part) => part !== null)
              .join(' · ')}
          </Text>
        </>
      )}
    </div>
  );
}

interface MissingSpeedProps {
  readonly missing: readonly string[];
  readonly ceiling: number | null;
  readonly profile: Profile;
}

function MissingSpeed({ missing, ceiling, profile }: MissingSpeedProps) {
  return (
    <>
      <p className={classes.unknown}>Unknown</p>
      {missing.length === 0 ? null : (
        <ul className={classes.missing}>
          {missing.map((pointer) => (
            <li key={pointer}>
              {describePointer(pointer)}
              <Text span size="sm" c="dimmed">
                {whyMissing(profile, pointer)}
              </Text>
            </li>
          ))}
        </ul>
      )}
      {ceiling === null ? null : (
        <Text size="sm" c="dimmed">
          never above {formatTokenRate(ceiling)}
        </Text>
      )}
      {missing.some((pointer) => pointer.startsWith('/hardware')) ? (
        <Anchor href={hrefOf('machine')} size="sm">
          Measure it
        </Anchor>
      ) : null}
    </>
  );
}

function whyMissing(profile: Profile, pointer: string): string {
  const reason = profile.provenance[pointer]?.reason ?? null;
  return reason === null ? '' : `: ${explainReason(reason)}`;
}

function basisOf({ basis, samples }: Speed): string | undefined {
  if (basis === 'receipts') return `from ${samples} measured runs`;
  return basis === 'prior'
    ? 'from the machine’s bandwidths; no run of this model was measured yet'
    : undefined;
}

import { Anchor, SimpleGrid, Text } from '@mantine/core';
import type { FirstToken, Plan, Speed } from '../../core/plan/schema';
import type { Profile } from '../../core/profile/schema';
import { formatSeconds } from '../../core/report/forecast-lines';
import { explainReason, formatInteger, formatRate, formatTokenRate } from '../../core/report/format';
import { describePointer } from '../../core/report/figure-specs';
import { Panel } from '../parts/panel';
import { hrefOf } from '../state/use-route';
import classes from './forecast-panel.module.css';
import { SpeedRange } from './speed-range';

/** How fast it would be: intervals below a ceiling, or what is missing to say so. */
export function ForecastPanel({ plan, profile }: { plan: Plan; profile: Profile }) {
  const floor = plan.request.floor_tok_s;
  const { decode, decode_at_context: deep, prefill, first_token: first } = plan;
  return (
    <Panel title="Forecast" note={noteOf(decode)}>
      <SimpleGrid cols={{ base: 1, sm: 2 }} spacing="xl">
        <Phase title="Generating, in an empty context" speed={decode} floor={floor} profile={profile} />
        {deep === null ? null : (
          <Phase
            title={`Generating, with ${formatInteger(deep.depth)} tokens before it`}
            speed={deep}
            floor={floor}
            profile={profile}
          />
        )}
        <Phase title="Reading the prompt" speed={prefill} floor={null} profile={profile} />
        {first === null ? null : <FirstTokenFacts first={first} />}
      </SimpleGrid>
    </Panel>
  );
}

/** What is missing for it stands with the prompt's speed. */
function FirstTokenFacts({ first }: { first: FirstToken }) {
  const { forecast_s: forecast, low_s: low, high_s: high, least_s: least } = first;
  return (
    <div>
      <Text size="sm" c="dimmed">
        First token, for a prompt of {formatInteger(first.prompt_tokens)} tokens
      </Text>
      {low === null || high === null || forecast === null ? (
        <p className={classes.unknown}>Unknown</p>
      ) : (
        <p className={classes.range}>
          {formatSeconds(low)}–{formatSeconds(high)}
        </p>
      )}
      <Text size="sm" c="dimmed">
        {[
          forecast === null ? null : `likely ${formatSeconds(forecast)}`,
          least === null ? null : `never below ${formatSeconds(least)}`,
        ]
          .filter((part) => part !== null)
          .join(' · ')}
      </Text>
    </div>
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

function noteOf({ basis, samples, receipts }: Speed): string | undefined {
  if (basis === 'receipts') return `from ${receipts.length === 0 ? samples : receipts.length} measured runs`;
  return basis === 'prior' ? 'from measured bandwidths; no run like this was measured yet' : undefined;
}

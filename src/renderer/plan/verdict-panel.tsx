import { Button, Text } from '@mantine/core';
import { IconCircleCheck } from '@tabler/icons-react';
import type { NextStep, Plan, Remedy, Verdict } from '../../core/plan/schema';
import { heldSentence } from '../../core/report/forecast-lines';
import { remedySentence } from '../../core/report/plan-text';
import { VerdictFrame } from '../parts/verdict-frame';
import type { PlanStore } from '../state/use-request';
import { goTo } from '../state/use-route';
import classes from './verdict-panel.module.css';

const lines: Readonly<Record<Verdict, string>> = {
  ship: 'It fits, with room to spare below the line.',
  refuse: 'She would not sail: this asks for more than there is.',
  unknown: 'A figure that decides this is not known.',
};

/** The verdict with its reasons, and what would change it. */
export function VerdictPanel({ plan, onChange }: { plan: Plan; onChange: PlanStore['change'] }) {
  const reasons =
    plan.reasons.length === 0 ? [lines[plan.verdict]] : plan.reasons.map(({ message }) => message);
  const held = heldSentence(plan.decode);
  return (
    <VerdictFrame verdict={plan.verdict} reasons={held === null ? reasons : [...reasons, held]}>
      {plan.reasons.some(({ code }) => code === 'missing-measurement') ? (
        <Button mt="sm" onClick={() => goTo('machine')}>
          Measure it
        </Button>
      ) : null}
      {plan.remedies.length === 0 ? null : <Remedies plan={plan} onChange={onChange} />}
      {plan.no_remedy === null ? null : <NoRemedy message={plan.no_remedy} />}
      {plan.next_steps.length === 0 ? null : <NextSteps steps={plan.next_steps} />}
    </VerdictFrame>
  );
}

function Remedies({
  plan: { remedies, request },
  onChange,
}: {
  plan: Pick<Plan, 'remedies' | 'request'>;
  onChange: PlanStore['change'];
}) {
  return (
    <div className={classes.remedies}>
      <Text size="sm" fw={600}>
        What would change it
      </Text>
      <ul className={classes.list}>
        {remedies.map((remedy) => (
          <li key={`${remedy.code} ${remedy.message}`} className={classes.remedy}>
            {isOfRequest(remedy) ? (
              <Button
                size="compact-sm"
                variant="default"
                leftSection={<IconCircleCheck size={16} aria-hidden="true" />}
                onClick={() => onChange(remedy.request)}
                aria-label={`Apply: ${remedy.message}`}
              >
                Apply
              </Button>
            ) : null}
            <span title={remedy.quality?.source}>{remedySentence(remedy, request)}</span>
          </li>
        ))}
      </ul>
    </div>
  );
}

function NoRemedy({ message }: { message: string }) {
  return (
    <div className={classes.remedies}>
      <Text size="sm" fw={600}>
        What would change it
      </Text>
      <Text size="sm">{message}</Text>
    </div>
  );
}

/** Memory cannot be freed from here, nor another file be had. */
function isOfRequest({ memory, quant }: Remedy): boolean {
  return memory.length === 0 && quant === null;
}

function NextSteps({ steps }: { steps: readonly NextStep[] }) {
  return (
    <div className={classes.remedies}>
      <Text size="sm" fw={600}>
        What more would need
      </Text>
      <ul className={classes.list}>
        {steps.map(({ code, message }) => (
          <li key={code} className={classes.remedy}>
            <span>{message}</span>
          </li>
        ))}
      </ul>
    </div>
  );
}

import { Button, Text } from '@mantine/core';
import { IconAnchorOff, IconCircleCheck, IconHelpCircle, IconSailboat } from '@tabler/icons-react';
import { useDebouncedValue } from '@mantine/hooks';
import type { NextStep, Plan, Remedy, Verdict } from '../../core/plan/schema';
import { heldSentence } from '../../core/report/forecast-lines';
import { remedySentence } from '../../core/report/plan-text';
import type { PlanStore } from '../state/use-plan';
import { goTo } from '../state/use-route';
import classes from './verdict-panel.module.css';

const looks = {
  ship: { Icon: IconSailboat, word: 'Ship', line: 'It fits, with room to spare below the line.' },
  refuse: {
    Icon: IconAnchorOff,
    word: 'Refuse',
    line: 'She would not sail: this asks for more than there is.',
  },
  unknown: { Icon: IconHelpCircle, word: 'Unknown', line: 'A figure that decides this is not known.' },
} as const satisfies Record<Verdict, unknown>;

/** Long enough that a slider under way does not talk. */
const QUIET_MS = 600;

/** The answer, unmistakably: colour, sign and word; then why, and what would change it. */
export function VerdictPanel({ plan, onChange }: { plan: Plan; onChange: PlanStore['change'] }) {
  const { Icon, word, line } = looks[plan.verdict];
  const reasons = plan.reasons.length === 0 ? [line] : plan.reasons.map(({ message }) => message);
  const held = heldSentence(plan.decode);
  return (
    <section className={classes.verdict} data-verdict={plan.verdict} aria-label="Verdict">
      <div className={classes.head}>
        <Icon size={56} stroke={1.5} aria-hidden="true" />
        <h2 className={classes.word}>{word}</h2>
      </div>
      <div className={classes.body}>
        <ul className={classes.reasons}>
          {reasons.map((reason) => (
            <li key={reason}>{reason}</li>
          ))}
          {held === null ? null : <li>{held}</li>}
        </ul>
        {plan.reasons.some(({ code }) => code === 'missing-measurement') ? (
          <Button mt="sm" onClick={() => goTo('machine')}>
            Measure it
          </Button>
        ) : null}
        {plan.remedies.length === 0 ? null : <Remedies remedies={plan.remedies} onChange={onChange} />}
        {plan.no_remedy === null ? null : <NoRemedy message={plan.no_remedy} />}
        {plan.next_steps.length === 0 ? null : <NextSteps steps={plan.next_steps} />}
      </div>
      <Announcement text={`${word}. ${reasons[0] ?? ''}`} />
    </section>
  );
}

function Remedies({ remedies, onChange }: { remedies: readonly Remedy[]; onChange: PlanStore['change'] }) {
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
            <span title={remedy.quality?.source}>{remedySentence(remedy)}</span>
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

function Announcement({ text }: { text: string }) {
  const [settled] = useDebouncedValue(text, QUIET_MS);
  return (
    <p className={classes.announcement} role="status" aria-live="polite">
      {settled}
    </p>
  );
}

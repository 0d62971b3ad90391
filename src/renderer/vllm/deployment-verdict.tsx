import { IconAnchorOff, IconHelpCircle, IconSailboat } from '@tabler/icons-react';
import { useDebouncedValue } from '@mantine/hooks';
import type { Verdict } from '../../core/plan/schema';
import { vllmTitle } from '../../core/report/vllm-text';
import type { VllmPlan } from '../../core/vllm/schema';
import classes from '../plan/verdict-panel.module.css';

const looks = {
  ship: { Icon: IconSailboat, word: 'Ship' },
  refuse: { Icon: IconAnchorOff, word: 'Refuse' },
  unknown: { Icon: IconHelpCircle, word: 'Unknown' },
} as const satisfies Record<Verdict, unknown>;

/** Long enough that typing does not talk. */
const QUIET_MS = 600;

/** Whether the deployment fits, and why. */
export function DeploymentVerdict({ plan }: { plan: VllmPlan }) {
  const { Icon, word } = looks[plan.verdict];
  const [settled] = useDebouncedValue(`${word}. ${plan.reasons[0]?.message ?? ''}`, QUIET_MS);
  return (
    <section className={classes.verdict} data-verdict={plan.verdict} aria-label="Verdict">
      <div className={classes.head}>
        <Icon size={56} stroke={1.5} aria-hidden="true" />
        <h2 className={classes.word}>{word}</h2>
      </div>
      <div className={classes.body}>
        <ul className={classes.reasons}>
          {plan.reasons.map(({ message }) => (
            <li key={message}>{message}</li>
          ))}
          <li>{vllmTitle(plan)}</li>
        </ul>
      </div>
      <p className={classes.announcement} role="status" aria-live="polite">
        {settled}
      </p>
    </section>
  );
}

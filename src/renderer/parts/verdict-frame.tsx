import { IconAnchorOff, IconHelpCircle, IconSailboat } from '@tabler/icons-react';
import { useDebouncedValue } from '@mantine/hooks';
import type { ReactNode } from 'react';
import type { Verdict } from '../../core/plan/schema';
import classes from './verdict-frame.module.css';

const looks = {
  ship: { Icon: IconSailboat, word: 'Ship' },
  refuse: { Icon: IconAnchorOff, word: 'Refuse' },
  unknown: { Icon: IconHelpCircle, word: 'Unknown' },
} as const satisfies Record<Verdict, unknown>;

/** Long enough that a slider under way does not talk. */
const QUIET_MS = 600;

interface VerdictFrameProps {
  readonly verdict: Verdict;
  /** Sentences, the first of which is spoken with the verdict. */
  readonly reasons: readonly string[];
  readonly children?: ReactNode;
}

/** The answer, unmistakably: colour, sign and word; then why. */
export function VerdictFrame({ verdict, reasons, children }: VerdictFrameProps) {
  const { Icon, word } = looks[verdict];
  const [settled] = useDebouncedValue(`${word}. ${reasons[0] ?? ''}`, QUIET_MS);
  return (
    <section className={classes.verdict} data-verdict={verdict} aria-label="Verdict">
      <div className={classes.head}>
        <Icon size={56} stroke={1.5} aria-hidden="true" />
        <h2 className={classes.word}>{word}</h2>
      </div>
      <div>
        <ul className={classes.reasons}>
          {reasons.map((reason) => (
            <li key={reason}>{reason}</li>
          ))}
        </ul>
        {children}
      </div>
      <p className={classes.announcement} role="status" aria-live="polite">
        {settled}
      </p>
    </section>
  );
}

import { UnstyledButton } from '@mantine/core';
import type { Icon } from '@tabler/icons-react';
import { useId, useState, type ReactNode } from 'react';
import type { Profile } from '../../core/profile/schema';
import { Figure, reasonOf } from './figure';
import type { FigureSpec } from '../../core/report/figure-specs';
import { CardHead } from './card-head';
import classes from './hardware-card.module.css';

interface HardwareCardProps {
  readonly profile: Profile;
  /** JSON pointer of the record whose figures these are. */
  readonly pointer: string;
  readonly record: Readonly<Record<string, unknown>>;
  readonly kind: string;
  readonly title: string;
  readonly icon: Icon;
  readonly specs: readonly FigureSpec[];
  readonly children?: ReactNode;
}

/** One piece of hardware: the figures that decide most stand large, the rest in rows, the fine print on demand. */
export function HardwareCard(props: HardwareCardProps) {
  const { profile, pointer, record, kind, title, icon, specs, children } = props;
  const [whole, setWhole] = useState(false);
  const titleId = useId();
  const details = specs.filter(({ detail }) => detail);
  const figure = (spec: FigureSpec) => (
    <Figure
      spec={spec}
      value={record[spec.field] ?? null}
      provenance={profile.provenance[`${pointer}/${spec.field}`] ?? null}
    />
  );
  return (
    <article className={classes.card} aria-labelledby={titleId}>
      <CardHead kind={kind} title={title} titleId={titleId} icon={icon} />
      {children}
      <dl className={classes.headlines}>
        {specs
          .filter(({ headline }) => headline)
          .map((spec) => (
            <div key={spec.field}>
              <dt>{spec.label}</dt>
              <dd>{figure(spec)}</dd>
              {record[spec.field] === null ? (
                <dd className={classes.reason}>
                  {reasonOf(profile.provenance[`${pointer}/${spec.field}`] ?? null)}
                </dd>
              ) : null}
            </div>
          ))}
      </dl>
      <dl className={classes.rows}>
        {specs
          .filter(({ headline, detail }) => !headline && (whole || !detail))
          .map((spec) => (
            <div key={spec.field} className={classes.row}>
              <dt>{spec.label}</dt>
              <dd>{figure(spec)}</dd>
            </div>
          ))}
      </dl>
      {details.length === 0 ? null : (
        <UnstyledButton className={classes.more} aria-expanded={whole} onClick={() => setWhole(!whole)}>
          {whole ? 'Fewer figures' : `${details.length} more figures`}
          <span className={classes.hidden}> of {title}</span>
        </UnstyledButton>
      )}
    </article>
  );
}

import { Text } from '@mantine/core';
import type { Icon } from '@tabler/icons-react';
import { useId, type ReactNode } from 'react';
import classes from './hardware-card.module.css';

interface HardwareNoteProps {
  readonly kind: string;
  readonly title: string;
  readonly icon: Icon;
  readonly tone?: 'unknown';
  readonly children: ReactNode;
}

/** A card where there are no figures, which says why. */
export function HardwareNote({ kind, title, icon: CardIcon, tone, children }: HardwareNoteProps) {
  const titleId = useId();
  return (
    <article className={classes.card} aria-labelledby={titleId}>
      <header className={classes.head}>
        <CardIcon size={22} stroke={1.6} aria-hidden="true" />
        <div>
          <Text size="xs" c="dimmed" tt="uppercase" lts="0.06em">
            {kind}
          </Text>
          <h3 id={titleId} className={classes.title} data-tone={tone}>
            {title}
          </h3>
        </div>
      </header>
      <Text size="sm" component="div">
        {children}
      </Text>
    </article>
  );
}

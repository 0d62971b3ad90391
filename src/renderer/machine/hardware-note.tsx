import { Text } from '@mantine/core';
import type { Icon } from '@tabler/icons-react';
import { useId, type ReactNode } from 'react';
import { CardHead } from './card-head';
import classes from './hardware-card.module.css';

interface HardwareNoteProps {
  readonly kind: string;
  readonly title: string;
  readonly icon: Icon;
  readonly tone?: 'unknown';
  readonly children: ReactNode;
}

/** A card where there are no figures, which says why. */
export function HardwareNote({ kind, title, icon, tone, children }: HardwareNoteProps) {
  const titleId = useId();
  return (
    <article className={classes.card} aria-labelledby={titleId}>
      <CardHead kind={kind} title={title} titleId={titleId} icon={icon} tone={tone} />
      <Text size="sm" component="div">
        {children}
      </Text>
    </article>
  );
}

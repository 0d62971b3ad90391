import { Text } from '@mantine/core';
import type { Icon } from '@tabler/icons-react';
import classes from './hardware-card.module.css';

interface CardHeadProps {
  readonly kind: string;
  readonly title: string;
  /** What the title is found by, so that its card can be named after it. */
  readonly titleId: string;
  readonly icon: Icon;
  readonly tone?: 'unknown';
}

/** What a card of hardware is about: its kind and what it is called here. */
export function CardHead({ kind, title, titleId, icon: CardIcon, tone }: CardHeadProps) {
  return (
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
  );
}

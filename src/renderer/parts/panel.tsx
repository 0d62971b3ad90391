import { Group, Text, Title } from '@mantine/core';
import { useId, type ReactNode } from 'react';
import classes from './panel.module.css';

interface PanelProps {
  readonly title: string;
  /** Stands beside the title, for what the section is about now. */
  readonly note?: ReactNode;
  /** Buttons at the end of the title's line. */
  readonly actions?: ReactNode;
  readonly children: ReactNode;
}

/** A section with a name: a card on the page, a region to assistive technology. */
export function Panel({ title, note, actions, children }: PanelProps) {
  const titleId = useId();
  return (
    <section className={classes.panel} aria-labelledby={titleId}>
      <Group justify="space-between" align="center" gap="xs" mih={30} mb="sm">
        <Group gap="xs" align="baseline">
          <Title order={2} size="h5" id={titleId}>
            {title}
          </Title>
          {note === undefined ? null : (
            <Text size="sm" c="dimmed" component="span">
              {note}
            </Text>
          )}
        </Group>
        {actions}
      </Group>
      {children}
    </section>
  );
}

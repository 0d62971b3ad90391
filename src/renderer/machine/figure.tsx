import { Popover, UnstyledButton } from '@mantine/core';
import { useDebouncedCallback } from '@mantine/hooks';
import { useId, useState } from 'react';
import type { Provenance } from '../../core/figure';
import { explainReason } from '../../core/report/format';
import { formatFigure, type FigureSpec } from '../../core/report/figure-specs';
import { FigureOrigin } from './figure-origin';
import classes from './figure.module.css';

interface FigureProps {
  readonly spec: FigureSpec;
  readonly value: unknown;
  readonly provenance: Provenance | null;
}

/** A pointer that only passes by opens nothing. */
const HOVER_MS = 160;
const UNKNOWN = 'unknown';

/** One value with its unit; how it was measured opens on hover, focus or click. */
export function Figure({ spec, value, provenance }: FigureProps) {
  const [opened, setOpened] = useState(false);
  const hover = useDebouncedCallback(setOpened, HOVER_MS);
  const originId = useId();
  const missing = value === null || value === undefined;
  const text = missing ? wordForMissing(provenance?.reason ?? null) : formatFigure(spec.kind, value);
  return (
    <Popover
      opened={opened}
      onChange={setOpened}
      position="bottom-start"
      withArrow
      shadow="md"
      withRoles={false}
      transitionProps={{ duration: 120 }}
    >
      <Popover.Target>
        <UnstyledButton
          className={classes.value}
          data-unknown={text === UNKNOWN || undefined}
          data-headline={spec.headline}
          aria-describedby={opened ? originId : undefined}
          aria-label={`${spec.label}: ${text}`}
          onClick={() => setOpened(true)}
          onKeyDown={({ key }) => key === 'Escape' && setOpened(false)}
          onFocus={() => setOpened(true)}
          onBlur={() => setOpened(false)}
          onMouseEnter={() => hover(true)}
          onMouseLeave={(event) => hover(event.currentTarget === document.activeElement)}
        >
          {text}
        </UnstyledButton>
      </Popover.Target>
      <Popover.Dropdown id={originId} role="tooltip" className={classes.origin}>
        <FigureOrigin spec={spec} unknown={missing} provenance={provenance} />
      </Popover.Dropdown>
    </Popover>
  );
}

/** Absence that is an answer is told from ignorance: a limit that is not set is not an unknown limit. */
function wordForMissing(reason: string | null): string {
  const code = reason?.split(':')[0];
  if (code === 'no-limit') return 'no limit';
  if (code === 'not-applicable') return 'does not apply';
  return UNKNOWN;
}

/** The reason why a figure is missing, for people. */
export function reasonOf(provenance: Provenance | null): string {
  return provenance?.reason ? explainReason(provenance.reason) : 'no reason was recorded';
}

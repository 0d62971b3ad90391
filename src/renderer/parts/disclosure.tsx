import type { ReactNode } from 'react';
import classes from './disclosure.module.css';

interface DisclosureProps {
  readonly title: string;
  /** Where the state is kept elsewhere. */
  readonly open?: boolean;
  readonly onToggle?: (open: boolean) => void;
  /** A line above sets it off from what comes before. */
  readonly ruled?: boolean;
  readonly children: ReactNode;
}

/** What few need at once, behind its name. */
export function Disclosure({ title, open, onToggle, ruled = false, children }: DisclosureProps) {
  return (
    <details
      className={classes.disclosure}
      data-ruled={ruled || undefined}
      open={open}
      onToggle={(event) => onToggle?.(event.currentTarget.open)}
    >
      <summary>{title}</summary>
      {children}
    </details>
  );
}

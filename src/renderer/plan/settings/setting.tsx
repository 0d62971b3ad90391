import { ActionIcon } from '@mantine/core';
import { IconArrowBackUp } from '@tabler/icons-react';
import { useRef, type ReactNode } from 'react';
import type { PlanRequest } from '../../../core/plan/schema';
import { isAsChosen, type PlanStore } from '../../state/use-request';
import classes from './settings.module.css';

interface SettingProps {
  readonly name: string;
  readonly store: PlanStore;
  /** What of the request it sets. */
  readonly fields: readonly (keyof PlanRequest)[];
  readonly children: ReactNode;
}

/** One thing that is asked of the plan, with a way back to Plimsoll's own choice where the user made one. */
export function Setting({ name, store, fields, children }: SettingProps) {
  const place = useRef<HTMLDivElement>(null);
  const changed = !isAsChosen(store.request, fields);
  const reset = () => {
    store.reset(fields);
    // The button goes with the choice; the keyboard stays at the control.
    place.current?.querySelector<HTMLElement>('input, textarea, [role="slider"]')?.focus();
  };
  const title = `${name}: back to what Plimsoll chooses`;
  return (
    <div className={classes.setting} data-changed={changed || undefined} ref={place}>
      {children}
      {changed ? (
        <ActionIcon
          className={classes.reset ?? ''}
          size={22}
          variant="subtle"
          aria-label={title}
          title={title}
          onClick={reset}
        >
          <IconArrowBackUp size={15} aria-hidden="true" />
        </ActionIcon>
      ) : null}
    </div>
  );
}

/** What stands below a control's name: the flag of llama.cpp that it becomes, and a few words. */
export function Hint({ flag, children }: { readonly flag?: string; readonly children?: ReactNode }) {
  return (
    <>
      {flag === undefined ? null : <code className={classes.flag}>{flag}</code>}
      {children}
    </>
  );
}

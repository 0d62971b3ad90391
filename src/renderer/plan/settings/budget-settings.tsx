import { Button, CloseButton, Input } from '@mantine/core';
import { Fragment } from 'react';
import { formatMib } from '../../../core/report/format';
import { GIB, MIB } from '../../../core/units';
import { NumberField } from '../../parts/number-field';
import { deviceLabel } from '../load-bar';
import { heldByOthers, typedReserve, withBudget, withPlanHeld, withTypedReserve } from './request-changes';
import { Setting } from './setting';
import classes from './settings.module.css';
import type { SettingsProps } from './settings-panel';

const MIB_PER_GIB = GIB / MIB;

/** The most to use of each device, and what else must fit beside the model. */
export function BudgetSettings({ profile, plan, store }: SettingsProps) {
  const { request, change } = store;
  const gpus = (profile?.hardware.gpus ?? []).map((_, position) => `gpu${position}`);
  const named = [
    ...Object.keys(request.budgets_mib),
    ...request.reserves.flatMap(({ device }) => device ?? []),
  ];
  const devices = [...new Set([...gpus, ...named.filter((name) => name !== 'host'), 'host'])];
  const held = heldByOthers(request.reserves);
  return (
    <Setting name="Budgets" fields={['budgets_mib', 'reserves']} store={store}>
      <Input.Label labelElement="div" mb={4}>
        Budgets
      </Input.Label>
      <div className={classes.budgets}>
        <span aria-hidden="true">GiB</span>
        <span aria-hidden="true">Most to use</span>
        <span aria-hidden="true">Held back</span>
        {devices.map((device) => (
          <Fragment key={device}>
            <span>{deviceLabel(device)}</span>
            <GibField
              name={`Most to use, ${deviceLabel(device)}, GiB`}
              placeholder={budgetOf(plan, device)}
              mib={request.budgets_mib[device] ?? null}
              onChange={(mib) => change({ budgets_mib: withBudget(request.budgets_mib, device, mib) })}
            />
            <GibField
              name={`Held back, ${deviceLabel(device)}, GiB`}
              placeholder="0"
              mib={typedReserve(request.reserves, device)}
              onChange={(mib) => change({ reserves: withTypedReserve(request.reserves, device, mib) })}
            />
          </Fragment>
        ))}
      </div>
      {held.map(({ what, mib }) => (
        <p key={what} className={classes.held}>
          Held for {what}: {formatMib(mib)}
          <CloseButton
            size="sm"
            aria-label={`Hold nothing for ${what}`}
            onClick={() => change({ reserves: request.reserves.filter((each) => each.what !== what) })}
          />
        </p>
      ))}
      <HoldPlan plan={plan} store={store} />
    </Setting>
  );
}

/** Another model is to run beside this one: what this plan takes is held back for the next. */
function HoldPlan({ plan, store }: Pick<SettingsProps, 'plan' | 'store'>) {
  if (plan === null || plan.verdict !== 'ship') return null;
  const reserves = withPlanHeld(store.request.reserves, plan);
  if (reserves === null) return null;
  return (
    <Button size="compact-sm" variant="default" mt="xs" onClick={() => store.change({ reserves })}>
      Hold back what this model takes
    </Button>
  );
}

interface GibFieldProps {
  readonly name: string;
  readonly placeholder: string;
  readonly mib: number | null;
  readonly onChange: (mib: number | null) => void;
}

function GibField({ name, placeholder, mib, onChange }: GibFieldProps) {
  return (
    <NumberField
      size="xs"
      aria-label={name}
      placeholder={placeholder}
      value={mib === null ? null : mib / MIB_PER_GIB}
      min={0}
      step={0.5}
      onChange={(gib) => onChange(gib === null ? null : gib * MIB_PER_GIB)}
    />
  );
}

/** What the plan may use of a device without a budget of the user's own. */
function budgetOf(plan: SettingsProps['plan'], device: string): string {
  const bytes = plan?.memory.find((row) => row.device === device)?.budget_bytes ?? null;
  return bytes === null ? 'chosen' : (bytes / GIB).toFixed(2);
}

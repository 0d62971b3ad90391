import { Input, Slider } from '@mantine/core';
import { useId } from 'react';
import type { PlanStore } from '../../state/use-request';
import { Hint, Setting } from './setting';
import classes from './settings.module.css';

interface LayersSettingProps {
  readonly label: string;
  readonly flag: string;
  readonly field: 'gpu_layers' | 'cpu_moe_layers';
  /** As many as the model has; null where that is not known. */
  readonly most: number | null;
  readonly planned: number | null;
  readonly store: PlanStore;
}

/** A number of layers: the planner's choice until the slider is moved. */
export function LayersSetting({ label, flag, field, most, planned, store }: LayersSettingProps) {
  const hintId = useId();
  const value = store.request[field];
  const shown = value ?? planned;
  return (
    <Setting name={label} fields={[field]} store={store}>
      <div className={classes.head}>
        <Input.Label labelElement="div">{label}</Input.Label>
        <span className={classes.value}>
          {shown ?? 'unknown'}
          {most === null ? '' : ` of ${most}`}
        </span>
      </div>
      <Input.Description id={hintId} mb={8}>
        <Hint flag={flag}>{value === null ? 'chosen by Plimsoll' : 'fixed'}</Hint>
      </Input.Description>
      <Slider
        min={0}
        max={most ?? 1}
        value={shown ?? 0}
        disabled={most === null}
        color={value === null ? 'gray' : 'sea'}
        label={null}
        thumbLabel={label}
        thumbProps={{ 'aria-describedby': hintId }}
        onChange={(layers) => store.change({ [field]: layers })}
      />
    </Setting>
  );
}

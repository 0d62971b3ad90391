import { Checkbox, Group, Input, SegmentedControl, Select, Stack } from '@mantine/core';
import { useId } from 'react';
import { assertNever } from '../../../core/assert-never';
import { budgetsOf } from '../../../core/plan/budgets';
import type { Profile } from '../../../core/profile/schema';
import { NumberField } from '../../parts/number-field';
import type { PlanStore } from '../../state/use-request';
import { deviceLabel } from '../load-bar';
import { withShare } from './request-changes';
import { Hint, Setting } from './setting';
import type { SettingsProps } from './settings-panel';

/** Which GPUs, how they share the layers, and where the cache lies. */
export function GpuSettings({ profile, plan, store }: SettingsProps) {
  const { request, change } = store;
  if (profile === null) return null;
  const used = budgetsOf(profile, request).devices.map(({ name }) => name);
  return (
    <>
      <DeviceSetting profile={profile} store={store} used={used} />
      {used.length > 1 || request.tensor_split !== null ? (
        <SharesSetting used={used} planned={plan?.placement.tensor_split ?? null} store={store} />
      ) : null}
      {used.length > 1 || request.split_mode !== null ? (
        <Setting name="Several GPUs share" fields={['split_mode']} store={store}>
          <Select
            label="Several GPUs share"
            description={<Hint flag="-sm" />}
            data={splitModes}
            value={request.split_mode ?? 'chosen'}
            allowDeselect={false}
            onChange={(mode) => change({ split_mode: mode === 'chosen' ? null : mode })}
          />
        </Setting>
      ) : null}
      <Setting name="KV cache" fields={['offload_cache']} store={store}>
        <Select
          label="KV cache"
          description={<Hint flag="-nkvo" />}
          data={cachePlaces}
          value={request.offload_cache === null ? 'chosen' : request.offload_cache ? 'with-layers' : 'host'}
          allowDeselect={false}
          onChange={(place) => change({ offload_cache: place === 'chosen' ? null : place === 'with-layers' })}
        />
      </Setting>
    </>
  );
}

const splitModes = [
  { value: 'chosen', label: 'As it helps' },
  { value: 'layer', label: 'Layer by layer' },
  { value: 'row', label: 'Rows of every matrix' },
  { value: 'none', label: 'Not at all: one holds everything' },
];

const cachePlaces = [
  { value: 'chosen', label: 'As it helps' },
  { value: 'with-layers', label: 'With its layers' },
  { value: 'host', label: 'On the host' },
];

interface DeviceSettingProps {
  readonly profile: Profile;
  readonly store: PlanStore;
  readonly used: readonly string[];
}

type Choice = 'chosen' | 'these' | 'none';

/** The GPUs to use: Plimsoll's choice, some of them, or none. One that the machine has not can still be unticked. */
function DeviceSetting({ profile, store, used }: DeviceSettingProps) {
  const labelId = useId();
  const named = store.request.devices;
  const choice: Choice = named === null ? 'chosen' : named.length === 0 ? 'none' : 'these';
  const there = (profile.hardware.gpus ?? []).map(({ name }, position) => ({
    device: `gpu${position}`,
    name,
  }));
  const gone = (named ?? []).filter((device) => there.every((one) => one.device !== device));
  const all = [...there, ...gone.map((device) => ({ device, name: 'not in this machine' }))];
  const choose = (devices: readonly string[] | null) => store.change({ devices, tensor_split: null });
  const take = (chosen: Choice) => {
    switch (chosen) {
      case 'chosen':
        return choose(null);
      case 'these':
        return choose(used.length > 0 ? used : there.map(({ device }) => device));
      case 'none':
        return choose([]);
      default:
        return assertNever(chosen);
    }
  };
  return (
    <Setting name="GPUs to use" fields={['devices', 'tensor_split']} store={store}>
      <Input.Label id={labelId} labelElement="div">
        GPUs to use
      </Input.Label>
      <Input.Description mb={6}>
        <Hint flag="-dev" />
      </Input.Description>
      <SegmentedControl
        size="xs"
        fullWidth
        aria-labelledby={labelId}
        data={[
          { value: 'chosen', label: 'That help' },
          { value: 'these', label: 'These' },
          { value: 'none', label: 'None' },
        ]}
        value={choice}
        onChange={(value) => take(value)}
      />
      {choice === 'these' ? (
        <Checkbox.Group
          aria-labelledby={labelId}
          value={[...(named ?? [])]}
          onChange={(names) =>
            choose(all.map(({ device }) => device).filter((device) => names.includes(device)))
          }
        >
          <Stack gap={6} mt="xs">
            {all.map(({ device, name }) => (
              <Checkbox key={device} value={device} label={`${deviceLabel(device)} ${name ?? ''}`.trim()} />
            ))}
          </Stack>
        </Checkbox.Group>
      ) : null}
    </Setting>
  );
}

interface SharesSettingProps {
  readonly used: readonly string[];
  readonly planned: readonly number[] | null;
  readonly store: PlanStore;
}

/** A share of the layers for each GPU; the first that is typed fixes all, the others as planned. */
function SharesSetting({ used, planned, store }: SharesSettingProps) {
  const labelId = useId();
  const shares = store.request.tensor_split;
  const usual = planned?.length === used.length ? planned : used.map(() => 1);
  return (
    <Setting name="Shares of the layers" fields={['tensor_split']} store={store}>
      <Input.Label id={labelId} labelElement="div">
        Shares of the layers
      </Input.Label>
      <Input.Description mb={6}>
        <Hint flag="-ts">by GPU, in proportion to each other</Hint>
      </Input.Description>
      <Group gap="xs" role="group" aria-labelledby={labelId} grow>
        {used.map((device, position) => (
          <NumberField
            key={device}
            size="xs"
            description={deviceLabel(device)}
            aria-label={`Share of ${deviceLabel(device)}`}
            placeholder={String(usual[position])}
            value={shares?.[position] ?? null}
            min={0}
            onChange={(share) => store.change({ tensor_split: withShare(shares, usual, position, share) })}
          />
        ))}
      </Group>
    </Setting>
  );
}

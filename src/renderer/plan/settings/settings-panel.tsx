import { Button, Group, Select, Stack, Text } from '@mantine/core';
import type { Model } from '../../../core/model/schema';
import { kvTypes, type Plan } from '../../../core/plan/schema';
import type { Profile } from '../../../core/profile/schema';
import { NumberField } from '../../parts/number-field';
import { Panel } from '../../parts/panel';
import type { PlanStore } from '../../state/use-request';
import { ContextSetting } from './context-setting';
import { LayersSetting } from './layers-setting';
import { MoreSettings } from './more-settings';
import { ObjectiveSettings } from './objective-settings';
import { Hint, Setting } from './setting';

export interface SettingsProps {
  readonly model: Model;
  readonly profile: Profile | null;
  /** The last plan of this model; null until there is one. */
  readonly plan: Plan | null;
  readonly store: PlanStore;
}

/** Everything that is asked of the plan: what everyone needs, and the rest under More. */
export function SettingsPanel(props: SettingsProps & { readonly exact: boolean }) {
  const { model, profile, plan, store, exact } = props;
  const { request, change } = store;
  const placement = plan?.placement ?? null;
  const hasGpus = profile?.hardware.gpus?.length !== 0;
  return (
    <Panel
      title="Settings"
      actions={
        <Button size="compact-sm" variant="subtle" onClick={() => store.reset()}>
          Defaults
        </Button>
      }
    >
      <Stack gap="lg">
        {exact ? (
          <Text size="sm" c="dimmed">
            Exact arguments are judged: they say what stands here, but for floor, margins, budgets and what is
            held back.
          </Text>
        ) : null}
        <ObjectiveSettings {...props} />
        <ContextSetting trained={model.context_trained} planned={placement?.context ?? null} store={store} />
        <Setting name="Parallel sequences" fields={['parallel']} store={store}>
          <NumberField
            label="Parallel sequences"
            description={<Hint flag="-np">they share the context</Hint>}
            value={request.parallel}
            min={1}
            max={256}
            whole
            onChange={(parallel) => change({ parallel: parallel ?? 1 })}
          />
        </Setting>
        <Group grow gap="sm" align="flex-start">
          <KvSetting label="KV type, keys" flag="-ctk" field="kv_type_k" store={store} />
          <KvSetting label="KV type, values" flag="-ctv" field="kv_type_v" store={store} />
        </Group>
        {hasGpus || request.gpu_layers !== null ? (
          <LayersSetting
            label="Layers on GPUs"
            flag="-ngl"
            field="gpu_layers"
            most={model.block_count === null ? null : model.block_count + 1}
            planned={placement?.gpu_layers ?? null}
            store={store}
          />
        ) : null}
        {(hasGpus && model.experts !== null) || request.cpu_moe_layers !== null ? (
          <LayersSetting
            label="Expert layers on the host"
            flag="-ncmoe"
            field="cpu_moe_layers"
            most={model.block_count}
            planned={placement?.cpu_moe_layers ?? null}
            store={store}
          />
        ) : null}
        <Setting name="Floor" fields={['floor_tok_s']} store={store}>
          <NumberField
            label="Floor"
            description="Slower than this is refused; empty takes 1 tok/s and lets an unknown speed pass"
            placeholder="1"
            suffix=" tok/s"
            value={request.floor_tok_s}
            min={0.1}
            onChange={(floor) => change({ floor_tok_s: floor })}
          />
        </Setting>
        <MoreSettings {...props} />
      </Stack>
    </Panel>
  );
}

interface KvSettingProps {
  readonly label: string;
  readonly flag: string;
  readonly field: 'kv_type_k' | 'kv_type_v';
  readonly store: PlanStore;
}

function KvSetting({ label, flag, field, store }: KvSettingProps) {
  return (
    <Setting name={label} fields={[field]} store={store}>
      <Select
        label={label}
        description={<Hint flag={flag} />}
        data={[...kvTypes]}
        value={store.request[field]}
        allowDeselect={false}
        onChange={(type) => type !== null && store.change({ [field]: type })}
      />
    </Setting>
  );
}

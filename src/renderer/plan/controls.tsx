import { Button, Group, Select, Stack, Switch } from '@mantine/core';
import type { Model } from '../../core/model/schema';
import { kvTypes } from '../../core/plan/schema';
import type { Profile } from '../../core/profile/schema';
import { Panel } from '../parts/panel';
import type { Outcome, PlanStore } from '../state/use-plan';
import { ContextControl } from './context-control';
import classes from './controls.module.css';
import { LayersControl } from './layers-control';
import { NumberField } from './number-field';
import { PlacementControls } from './placement-controls';

interface ControlsProps {
  readonly model: Model;
  readonly profile: Profile | null;
  readonly outcome: Outcome | null;
  readonly store: PlanStore;
}

/** Everything that is asked of the plan. */
export function Controls({ model, profile, outcome, store }: ControlsProps) {
  const { request, change, reset } = store;
  const placement = outcome?.kind === 'planned' ? outcome.plan.placement : null;
  const hasGpus = profile?.hardware.gpus?.length !== 0;
  return (
    <Panel
      title="Settings"
      actions={
        <Button size="compact-sm" variant="subtle" onClick={reset}>
          Defaults
        </Button>
      }
    >
      <Stack gap="lg">
        <PlacementControls profile={profile} request={request} change={change} />
        <ContextControl
          trained={model.context_trained}
          value={request.context}
          planned={placement?.context ?? null}
          onChange={(context) =>
            change(
              context !== null && request.objective === 'longest-context'
                ? { context, objective: 'fastest-decode' }
                : { context },
            )
          }
        />
        <NumberField
          label="Parallel sequences"
          description="They share the context"
          value={request.parallel}
          min={1}
          max={256}
          onChange={(parallel) => change({ parallel: parallel ?? 1 })}
        />
        <Group grow gap="sm" align="flex-start">
          <KvSelect
            label="KV type, keys"
            value={request.kv_type_k}
            onChange={(type) => change({ kv_type_k: type })}
          />
          <KvSelect
            label="KV type, values"
            value={request.kv_type_v}
            onChange={(type) => change({ kv_type_v: type })}
          />
        </Group>
        {hasGpus ? (
          <LayersControl
            label="Layers on GPUs"
            most={model.block_count === null ? null : model.block_count + 1}
            value={request.gpu_layers}
            planned={placement?.gpu_layers ?? null}
            onChange={(layers) => change({ gpu_layers: layers })}
          />
        ) : null}
        {hasGpus && model.experts !== null ? (
          <LayersControl
            label="Expert layers on the host"
            most={model.block_count}
            value={request.cpu_moe_layers}
            planned={placement?.cpu_moe_layers ?? null}
            onChange={(layers) => change({ cpu_moe_layers: layers })}
          />
        ) : null}
        <NumberField
          label="Floor"
          description="Slower than this is refused; empty takes 1 tok/s and lets an unknown speed pass"
          placeholder="1"
          suffix=" tok/s"
          value={request.floor_tok_s}
          min={0.1}
          onChange={(floor) => change({ floor_tok_s: floor })}
        />
        {hasGpus ? (
          <NumberField
            label="Margin on each GPU"
            suffix=" MiB"
            value={request.margin_mib}
            min={0}
            step={128}
            onChange={(margin) => change({ margin_mib: margin ?? 1024 })}
          />
        ) : null}
        <MoreControls store={store} placedThreads={placement?.threads ?? null} />
      </Stack>
    </Panel>
  );
}

function KvSelect({
  label,
  value,
  onChange,
}: {
  label: string;
  value: string;
  onChange: (type: string) => void;
}) {
  return (
    <Select
      label={label}
      data={[...kvTypes]}
      value={value}
      allowDeselect={false}
      onChange={(type) => type !== null && onChange(type)}
    />
  );
}

function MoreControls({
  store: { request, change },
  placedThreads,
}: {
  store: PlanStore;
  placedThreads: number | null;
}) {
  return (
    <details className={classes.more}>
      <summary>More</summary>
      <Stack gap="md" mt="sm">
        <NumberField
          label="Left free on the host"
          suffix=" MiB"
          value={request.host_headroom_mib}
          min={0}
          step={512}
          onChange={(headroom) => change({ host_headroom_mib: headroom ?? 2048 })}
        />
        <NumberField
          label="Held back everywhere"
          description="For what else must run, on every device"
          suffix=" MiB"
          value={request.reserve_mib}
          min={0}
          step={256}
          onChange={(reserve) => change({ reserve_mib: reserve ?? 0 })}
        />
        <Group grow gap="sm">
          <NumberField
            label="Batch"
            value={request.batch}
            min={1}
            step={256}
            onChange={(batch) => change({ batch: batch ?? 2048 })}
          />
          <NumberField
            label="Micro-batch"
            value={request.micro_batch}
            min={1}
            step={128}
            onChange={(batch) => change({ micro_batch: batch ?? 512 })}
          />
        </Group>
        <NumberField
          label="Threads"
          description="Empty takes the physical cores"
          placeholder={placedThreads === null ? 'physical cores' : String(placedThreads)}
          value={request.threads}
          min={1}
          max={1024}
          onChange={(threads) => change({ threads })}
        />
        <Switch
          label="Flash attention"
          checked={request.flash_attention}
          onChange={(event) => change({ flash_attention: event.currentTarget.checked })}
        />
        <Switch
          label="Allow paging from disk"
          description="Weights may exceed memory; the speed then counts the disk"
          checked={request.allow_paging}
          onChange={(event) => change({ allow_paging: event.currentTarget.checked })}
        />
      </Stack>
    </details>
  );
}

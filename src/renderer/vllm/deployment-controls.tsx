import { SegmentedControl, Select, SimpleGrid, Stack, Switch } from '@mantine/core';
import type { GpuSpec } from '../../core/catalog/gpus/schema';
import type { Model } from '../../core/model/schema';
import type { Profile } from '../../core/profile/schema';
import { tensorSizes } from '../../core/vllm/parallel';
import { kvCacheDtypes, quantisations } from '../../core/vllm/precision';
import type { VllmPlan } from '../../core/vllm/schema';
import { Disclosure } from '../parts/disclosure';
import { NumberField } from '../parts/number-field';
import { Panel } from '../parts/panel';
import type { DeploymentStore } from './use-deployment';

interface ControlsProps {
  readonly model: Model;
  readonly specs: readonly GpuSpec[];
  readonly profile: Profile | null;
  readonly plan: VllmPlan | null;
  readonly store: DeploymentStore;
}

/** Cards, workload and policy of the deployment; an empty field shows what it stands for. */
export function DeploymentControls(props: ControlsProps) {
  return (
    <Panel title="Deployment">
      <Stack gap="md">
        <CardFields {...props} />
        <WorkloadFields {...props} />
        <DivisionFields {...props} />
        <Disclosure title="More" ruled>
          <PolicyFields {...props} />
        </Disclosure>
      </Stack>
    </Panel>
  );
}

function CardFields({ specs, store: { asked, change } }: ControlsProps) {
  return (
    <>
      <SegmentedControl
        fullWidth
        aria-label="Cards"
        data={[
          { value: 'catalog', label: 'Catalog' },
          { value: 'machine', label: 'This machine' },
        ]}
        value={asked.cards}
        onChange={(cards) => change({ cards })}
      />
      {asked.cards === 'machine' ? null : (
        <SimpleGrid cols={2} spacing="sm" style={{ gridTemplateColumns: '2fr 1fr' }}>
          <Select
            label="Card"
            searchable
            allowDeselect={false}
            data={specs.map(({ id, name, memory_gib: gib }) => ({ value: id, label: `${name}, ${gib} GiB` }))}
            value={asked.card}
            onChange={(card) => card !== null && change({ card })}
          />
          <NumberField
            label="How many"
            value={asked.count}
            min={1}
            max={1024}
            onChange={(count) => count !== null && change({ count })}
          />
        </SimpleGrid>
      )}
    </>
  );
}

function WorkloadFields({ plan, store: { asked, changeRequest } }: ControlsProps) {
  const { request } = asked;
  return (
    <SimpleGrid cols={2} spacing="sm">
      <NumberField
        label="Context"
        suffix=" tokens"
        value={request.context}
        placeholder={String(plan?.settings.context ?? '')}
        min={1}
        step={1024}
        onChange={(context) => changeRequest({ context })}
      />
      <NumberField
        label="Requests at once"
        value={request.concurrency}
        min={1}
        max={1e9}
        onChange={(concurrency) => changeRequest({ concurrency: concurrency ?? 1 })}
      />
      <NumberField
        label="Prompt"
        suffix=" tokens"
        value={request.prompt_tokens}
        min={1}
        step={256}
        onChange={(tokens) => changeRequest({ prompt_tokens: tokens ?? 1024 })}
      />
      <NumberField
        label="Answer"
        suffix=" tokens"
        value={request.output_tokens}
        min={1}
        step={64}
        onChange={(tokens) => changeRequest({ output_tokens: tokens ?? 256 })}
      />
    </SimpleGrid>
  );
}

function DivisionFields({ model, plan, store: { asked, changeRequest } }: ControlsProps) {
  const { request } = asked;
  const sizes = tensorSizes(model, Math.max(plan?.cards.length ?? 1, request.tensor_parallel ?? 1));
  return (
    <SimpleGrid cols={2} spacing="sm">
      <Select
        label="Tensor parallel"
        data={sizes.map(String)}
        value={request.tensor_parallel === null ? null : String(request.tensor_parallel)}
        placeholder={String(plan?.settings.parallel.tensor ?? '')}
        clearable
        onChange={(value) => changeRequest({ tensor_parallel: value === null ? null : Number(value) })}
      />
      <Select
        label="Quantisation"
        data={[...quantisations]}
        value={request.quantisation}
        placeholder={plan?.settings.quantisation ?? ''}
        clearable
        onChange={(quantisation) => changeRequest({ quantisation })}
      />
      <Select
        label="KV cache"
        data={[...kvCacheDtypes]}
        value={request.kv_cache_dtype}
        placeholder={plan?.settings.kv_cache_dtype ?? 'auto'}
        clearable
        onChange={(dtype) => changeRequest({ kv_cache_dtype: dtype })}
      />
      <NumberField
        label="Requests at most"
        value={request.max_sequences}
        placeholder={String(plan?.settings.max_sequences ?? '')}
        min={1}
        max={65_536}
        onChange={(sequences) => changeRequest({ max_sequences: sequences })}
      />
    </SimpleGrid>
  );
}

function PolicyFields({ plan, store: { asked, changeRequest } }: ControlsProps) {
  const { request } = asked;
  return (
    <Stack gap="sm" mt="sm">
      <SimpleGrid cols={2} spacing="sm">
        <NumberField
          label="Pipeline parallel"
          value={request.pipeline_parallel}
          min={1}
          max={1024}
          onChange={(size) => changeRequest({ pipeline_parallel: size ?? 1 })}
        />
        <NumberField
          label="Data parallel"
          value={request.data_parallel}
          min={1}
          max={1024}
          onChange={(size) => changeRequest({ data_parallel: size ?? 1 })}
        />
        <NumberField
          label="Share of a card"
          value={request.gpu_memory_utilization}
          placeholder={String(plan?.settings.gpu_memory_utilization ?? 0.9)}
          min={0.01}
          max={1}
          step={0.01}
          onChange={(share) => changeRequest({ gpu_memory_utilization: share })}
        />
        <NumberField
          label="Tokens of a step"
          value={request.max_batched_tokens}
          placeholder={String(plan?.settings.max_batched_tokens ?? '')}
          min={1}
          step={1024}
          onChange={(tokens) => changeRequest({ max_batched_tokens: tokens })}
        />
        <NumberField
          label="Trial run, from a log"
          suffix=" GiB"
          value={request.activation_gib}
          min={0}
          step={0.1}
          onChange={(gib) => changeRequest({ activation_gib: gib })}
        />
        <NumberField
          label="Outside PyTorch, from a log"
          suffix=" GiB"
          value={request.non_torch_gib}
          min={0}
          step={0.1}
          onChange={(gib) => changeRequest({ non_torch_gib: gib })}
        />
      </SimpleGrid>
      <Switch
        label="Keep shared beginnings"
        checked={request.prefix_caching ?? true}
        onChange={(event) => changeRequest({ prefix_caching: event.currentTarget.checked })}
      />
      <Switch
        label="Without CUDA graphs"
        checked={request.enforce_eager}
        onChange={(event) => changeRequest({ enforce_eager: event.currentTarget.checked })}
      />
    </Stack>
  );
}

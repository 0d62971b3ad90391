import { Group, Stack, Switch, Textarea } from '@mantine/core';
import { useId, useState, type ReactNode } from 'react';
import { automaticKvTypes } from '../../../core/plan/schema';
import { Disclosure } from '../../parts/disclosure';
import { NumberField } from '../../parts/number-field';
import type { PlanStore } from '../../state/use-request';
import { useStored } from '../../state/use-stored';
import { BudgetSettings } from './budget-settings';
import { GpuSettings } from './gpu-settings';
import { TurnSetting } from './objective-settings';
import { overrideLines, readOverrideLines } from './request-changes';
import { Hint, Setting } from './setting';
import type { SettingsProps } from './settings-panel';
import classes from './settings.module.css';

/** What few need, in groups. */
export function MoreSettings(props: SettingsProps) {
  const { profile, store } = props;
  const [open, setOpen] = useStored('plimsoll-more-settings', false, (stored) =>
    typeof stored === 'boolean' ? stored : null,
  );
  const { devices, offload_cache: cache } = store.request;
  const gpus = profile?.hardware.gpus?.length !== 0 || devices !== null || cache !== null;
  return (
    <Disclosure title="More" ruled open={open} onToggle={setOpen}>
      {open ? (
        <Stack gap="md" mt="md">
          {gpus ? (
            <SettingGroup title="GPUs">
              <GpuSettings {...props} />
            </SettingGroup>
          ) : null}
          <SettingGroup title="Memory">
            <BudgetSettings {...props} />
            <MarginSettings store={store} gpus={gpus} />
          </SettingGroup>
          <SettingGroup title="Batches and caches">
            <BatchSettings {...props} />
          </SettingGroup>
          <SettingGroup title="Running">
            <RunSettings {...props} />
          </SettingGroup>
        </Stack>
      ) : null}
    </Disclosure>
  );
}

function SettingGroup({ title, children }: { title: string; children: ReactNode }) {
  const id = useId();
  return (
    <section className={classes.group} aria-labelledby={id}>
      <h3 id={id}>{title}</h3>
      {children}
    </section>
  );
}

function MarginSettings({ store, gpus }: { store: PlanStore; gpus: boolean }) {
  const { request, change } = store;
  return (
    <>
      {gpus ? (
        <Setting name="Margin on each GPU" fields={['margin_mib']} store={store}>
          <NumberField
            label="Margin on each GPU"
            description="Left free of what is free, where no budget is set"
            suffix=" MiB"
            value={request.margin_mib}
            min={0}
            step={128}
            onChange={(margin) => change({ margin_mib: margin ?? 1024 })}
          />
        </Setting>
      ) : null}
      <Setting name="Left free on the host" fields={['host_headroom_mib']} store={store}>
        <NumberField
          label="Left free on the host"
          suffix=" MiB"
          value={request.host_headroom_mib}
          min={0}
          step={512}
          onChange={(headroom) => change({ host_headroom_mib: headroom ?? 2048 })}
        />
      </Setting>
      <Setting name="Held back everywhere" fields={['reserve_mib']} store={store}>
        <NumberField
          label="Held back everywhere"
          description="For what else must run, on every device"
          suffix=" MiB"
          value={request.reserve_mib}
          min={0}
          step={256}
          onChange={(reserve) => change({ reserve_mib: reserve ?? 0 })}
        />
      </Setting>
    </>
  );
}

function BatchSettings({ store, plan }: SettingsProps) {
  const { request, change } = store;
  return (
    <>
      <Group grow gap="sm" align="flex-start">
        <Setting name="Batch" fields={['batch']} store={store}>
          <NumberField
            label="Batch"
            description={<Hint flag="-b" />}
            value={request.batch}
            min={1}
            max={MOST_BATCH}
            step={256}
            whole
            onChange={(batch) => change({ batch: batch ?? 2048 })}
          />
        </Setting>
        <Setting name="Micro-batch" fields={['micro_batch', 'search_micro_batch']} store={store}>
          <NumberField
            label="Micro-batch"
            description={<Hint flag="-ub" />}
            value={request.search_micro_batch ? (plan?.placement.micro_batch ?? null) : request.micro_batch}
            min={1}
            max={MOST_BATCH}
            step={128}
            whole
            onChange={(batch) => change({ micro_batch: batch ?? 512, search_micro_batch: false })}
          />
        </Setting>
      </Group>
      <Toggle
        name="Another micro-batch where it helps"
        field="search_micro_batch"
        on={request.search_micro_batch}
        onChange={(search) => change({ search_micro_batch: search, ...(search ? { micro_batch: 512 } : {}) })}
        store={store}
      />
      <Toggle
        name="A coarser cache where it helps"
        hint={`${automaticKvTypes.join(' or ')} for keys and values`}
        field="search_kv_types"
        on={request.search_kv_types.length > 0}
        onChange={(search) => change({ search_kv_types: search ? [...automaticKvTypes] : [] })}
        store={store}
      />
      <Toggle
        name="Flash attention"
        hint={<Hint flag="-fa" />}
        field="flash_attention"
        on={request.flash_attention}
        onChange={(on) => change({ flash_attention: on })}
        store={store}
      />
    </>
  );
}

/** As `core/plan/request-schema.ts`. */
const MOST_BATCH = 2 ** 20;

function RunSettings({ store, plan }: SettingsProps) {
  const { request, change } = store;
  const threads = plan?.placement.threads ?? null;
  return (
    <>
      {request.objective === 'shortest-turn' ? null : <TurnSetting store={store} field="prompt_tokens" />}
      <Setting name="Threads" fields={['threads']} store={store}>
        <NumberField
          label="Threads"
          description={<Hint flag="-t">empty takes the physical cores</Hint>}
          placeholder={threads === null ? 'physical cores' : String(threads)}
          value={request.threads}
          min={1}
          max={1024}
          whole
          onChange={(value) => change({ threads: value })}
        />
      </Setting>
      <OverrideSetting store={store} />
      <Toggle
        name="Allow paging from disk"
        hint="Weights may exceed memory; the speed then counts the disk"
        field="allow_paging"
        on={request.allow_paging}
        onChange={(on) => change({ allow_paging: on })}
        store={store}
      />
    </>
  );
}

function OverrideSetting({ store }: { store: PlanStore }) {
  const kept = overrideLines(store.request.overrides);
  const [typed, setTyped] = useState({ text: kept, kept });
  const text = typed.kept === kept ? typed.text : kept;
  const read = readOverrideLines(text);
  const take = (next: string) => {
    const answer = readOverrideLines(next);
    const accepted = 'overrides' in answer;
    setTyped({ text: next, kept: accepted ? overrideLines(answer.overrides) : kept });
    if (accepted) store.change({ overrides: answer.overrides });
  };
  return (
    <Setting name="Tensors put by name" fields={['overrides']} store={store}>
      <Textarea
        label="Tensors put by name"
        description={<Hint flag="-ot">one PATTERN=DEVICE a line: host, gpu0, …</Hint>}
        placeholder={String.raw`blk\.0\.ffn_.*=host`}
        className={classes.lines ?? ''}
        autosize
        minRows={1}
        maxRows={8}
        spellCheck={false}
        value={text}
        error={'problem' in read ? read.problem : null}
        onChange={(event) => take(event.currentTarget.value)}
      />
    </Setting>
  );
}

interface ToggleProps {
  readonly name: string;
  readonly hint?: ReactNode;
  readonly field: 'search_micro_batch' | 'search_kv_types' | 'flash_attention' | 'allow_paging';
  readonly on: boolean;
  readonly onChange: (on: boolean) => void;
  readonly store: PlanStore;
}

function Toggle({ name, hint, field, on, onChange, store }: ToggleProps) {
  return (
    <Setting name={name} fields={[field]} store={store}>
      <Switch
        label={name}
        description={hint}
        checked={on}
        pr={28}
        onChange={(event) => onChange(event.currentTarget.checked)}
      />
    </Setting>
  );
}

import { Group, Select } from '@mantine/core';
import type { Objective, PlanRequest } from '../../../core/plan/schema';
import { DEFAULT_ANSWER_TOKENS, DEFAULT_PROMPT_TOKENS } from '../../../core/plan/search/value';
import { formatInteger } from '../../../core/report/format';
import { NumberField } from '../../parts/number-field';
import type { PlanStore } from '../../state/use-request';
import { Hint, Setting } from './setting';

const titles: Readonly<Record<Objective, string>> = {
  'fastest-decode': 'The fastest answer',
  'shortest-turn': 'The shortest turn, prompt and answer',
  'longest-context': 'The longest context',
  'least-vram': 'The least GPU memory',
};

/** What the plan is to be best at, with the lengths of a turn where it is about turns. */
export function ObjectiveSettings({ store }: { readonly store: PlanStore }) {
  const { request, change } = store;
  return (
    <>
      <Setting name="Best at" fields={['objective']} store={store}>
        <Select
          label="Best at"
          data={Object.entries(titles).map(([value, label]) => ({ value, label }))}
          value={request.objective}
          allowDeselect={false}
          onChange={(chosen) => chosen !== null && change(changeTo(chosen as Objective))}
        />
      </Setting>
      {request.objective === 'shortest-turn' ? (
        <Group grow gap="sm" align="flex-start">
          <TurnSetting store={store} field="prompt_tokens" />
          <TurnSetting store={store} field="answer_tokens" />
        </Group>
      ) : null}
    </>
  );
}

const lengths = {
  prompt_tokens: { label: 'Prompt', usual: DEFAULT_PROMPT_TOKENS },
  answer_tokens: { label: 'Answer', usual: DEFAULT_ANSWER_TOKENS },
} as const;

interface TurnSettingProps {
  readonly store: PlanStore;
  readonly field: keyof typeof lengths;
}

/** Tokens of a prompt, or of an answer. */
export function TurnSetting({ store, field }: TurnSettingProps) {
  const { label, usual } = lengths[field];
  return (
    <Setting name={label} fields={[field]} store={store}>
      <NumberField
        label={label}
        description={<Hint>in tokens</Hint>}
        placeholder={formatInteger(usual)}
        value={store.request[field]}
        min={1}
        max={2 ** 31 - 1}
        step={256}
        whole
        onChange={(tokens) => store.change({ [field]: tokens })}
      />
    </Setting>
  );
}

/** The longest context leaves the context open. */
function changeTo(objective: Objective): Partial<PlanRequest> {
  return objective === 'longest-context' ? { objective, context: null } : { objective };
}

import { Checkbox, Select, Stack } from '@mantine/core';
import type { Objective, PlanRequest } from '../../core/plan/schema';
import type { Profile } from '../../core/profile/schema';

interface PlacementControlsProps {
  readonly profile: Profile | null;
  readonly request: PlanRequest;
  readonly change: (part: Partial<PlanRequest>) => void;
}

const objectiveTitles: Readonly<Record<Objective, string>> = {
  'fastest-decode': 'The fastest answer',
  'shortest-turn': 'The shortest turn, prompt and answer',
  'longest-context': 'The longest context',
  'least-vram': 'The least GPU memory',
};

const cachePlaces = [
  { value: 'chosen', label: 'As it helps' },
  { value: 'with-layers', label: 'With its layers' },
  { value: 'host', label: 'On the host' },
];

/** What the plan is to be best at, and which devices it may use. */
export function PlacementControls({ profile, request, change }: PlacementControlsProps) {
  const gpus = profile?.hardware.gpus ?? [];
  return (
    <>
      <Select
        label="Best at"
        data={Object.entries(objectiveTitles).map(([value, label]) => ({ value, label }))}
        value={request.objective}
        allowDeselect={false}
        onChange={(chosen) => chosen !== null && change(objectiveChange(chosen as Objective))}
      />
      {gpus.length > 1 ? (
        <Checkbox.Group
          label="GPUs"
          description="None ticked leaves the choice to the plan"
          value={[...(request.devices ?? [])]}
          onChange={(names) =>
            change({ devices: names.length === 0 ? null : [...names].sort(), tensor_split: null })
          }
        >
          <Stack gap={6} mt={6}>
            {gpus.map((gpu, position) => (
              <Checkbox
                key={gpu.index}
                value={`gpu${position}`}
                label={gpu.name === null ? `gpu${position}` : `gpu${position} ${gpu.name}`}
              />
            ))}
          </Stack>
        </Checkbox.Group>
      ) : null}
      {gpus.length > 0 ? (
        <Select
          label="KV cache"
          data={cachePlaces}
          value={request.offload_cache === null ? 'chosen' : request.offload_cache ? 'with-layers' : 'host'}
          allowDeselect={false}
          onChange={(place) => change({ offload_cache: place === 'chosen' ? null : place === 'with-layers' })}
        />
      ) : null}
    </>
  );
}

/** The longest context leaves the context open. */
function objectiveChange(objective: Objective): Partial<PlanRequest> {
  return objective === 'longest-context' ? { objective, context: null } : { objective };
}

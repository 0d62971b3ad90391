import { Button, FileButton, Group, Pill, Select, Text } from '@mantine/core';
import { IconDeviceDesktop } from '@tabler/icons-react';
import { useMemo, useState } from 'react';
import type { GpuSpec } from '../../core/catalog/gpus/schema';
import type { WhatIf } from '../state/use-what-if';

interface WhatIfBarProps {
  readonly whatIf: WhatIf;
  readonly specs: readonly GpuSpec[];
  /** Whether there is a machine whose cards can be replaced. */
  readonly hasMachine: boolean;
}

/** As many as llama.cpp can split a model over. */
const MOST_CARDS = 16;

/** Plans for another machine, or for cards of the catalog in place of a machine's own, and says so. */
export function WhatIfBar({ whatIf, specs, hasMachine }: WhatIfBarProps) {
  const { cards, setCards, machine, openMachine, leaveMachine } = whatIf;
  return (
    <Group gap="xs" align="center">
      {hasMachine ? <CardSelect cards={cards} specs={specs} onChange={setCards} /> : null}
      <FileButton
        accept="application/json,.json"
        onChange={(file) => file !== null && void openMachine(file)}
      >
        {(props) => (
          <Button
            {...props}
            size="xs"
            variant="default"
            leftSection={<IconDeviceDesktop size={15} aria-hidden="true" />}
            title="Plans for the machine of a profile.json; this machine's own stays as it is"
          >
            Another machine…
          </Button>
        )}
      </FileButton>
      {machine === null ? null : (
        <Removable label={machine.name} name="Back to this machine" onRemove={leaveMachine} />
      )}
      {cards.map((id, position) => {
        const label = specs.find((spec) => spec.id === id)?.name ?? id;
        return (
          <Removable
            // oxlint-disable-next-line react/no-array-index-key -- the same card may stand there twice
            key={`${id} ${position}`}
            label={label}
            name={`Without ${label}`}
            onRemove={() => setCards(cards.filter((_, at) => at !== position))}
          />
        );
      })}
      <Text size="sm" c="dimmed" role="status">
        {cards.length === 0 ? '' : 'Assumed: the makers’ figures, all memory free, nothing measured.'}
      </Text>
    </Group>
  );
}

interface CardSelectProps {
  readonly cards: readonly string[];
  readonly specs: readonly GpuSpec[];
  readonly onChange: (cards: readonly string[]) => void;
}

function CardSelect({ cards, specs, onChange }: CardSelectProps) {
  const options = useMemo(
    () => specs.map(({ id, name, memory_gib: gib }) => ({ value: id, label: `${name} (${gib} GiB)` })),
    [specs],
  );
  const [search, setSearch] = useState('');
  const add = (id: string | null) => {
    if (id === null) return;
    setSearch('');
    onChange([...cards, id]);
  };
  return (
    <Select
      size="xs"
      w={240}
      searchable
      aria-label="What if it had this card"
      placeholder="What if it had this card…"
      data={options}
      value={null}
      disabled={cards.length >= MOST_CARDS}
      searchValue={search}
      onSearchChange={setSearch}
      onChange={add}
      nothingFoundMessage="No such card in the catalog"
    />
  );
}

interface RemovableProps {
  readonly label: string;
  readonly name: string;
  readonly onRemove: () => void;
}

function Removable({ label, name, onRemove }: RemovableProps) {
  return (
    <Pill
      withRemoveButton
      removeButtonProps={{ 'aria-label': name, 'aria-hidden': false, tabIndex: 0 }}
      onRemove={onRemove}
    >
      {label}
    </Pill>
  );
}

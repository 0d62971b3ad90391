import { Group, Pill, Select, Text } from '@mantine/core';
import { useMemo, useState } from 'react';
import { catalogGpus } from '../../core/catalog/gpus/gpus';

interface WhatIfCardsProps {
  /** Ids of the catalog, in order; the same card may stand more than once. */
  readonly cards: readonly string[];
  readonly onChange: (cards: readonly string[]) => void;
}

/** As many as llama.cpp can split a model over. */
const MOST_CARDS = 16;

/** Plans for cards of the catalog in place of the machine's own; says that their figures are assumed. */
export function WhatIfCards({ cards, onChange }: WhatIfCardsProps) {
  const options = useMemo(
    () =>
      catalogGpus().map(({ id, name, memory_gib: gib }) => ({ value: id, label: `${name} (${gib} GiB)` })),
    [],
  );
  const [search, setSearch] = useState('');
  const add = (id: string | null) => {
    if (id === null) return;
    setSearch('');
    onChange([...cards, id]);
  };
  return (
    <Group gap="xs" align="center">
      <Select
        size="xs"
        w={260}
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
      {cards.map((id, position) => (
        <Pill
          // oxlint-disable-next-line react/no-array-index-key -- the same card may stand there twice
          key={`${id} ${position}`}
          withRemoveButton
          removeButtonProps={{ 'aria-label': `Without ${labelOf(id)}`, 'aria-hidden': false, tabIndex: 0 }}
          onRemove={() => onChange(cards.filter((_, at) => at !== position))}
        >
          {labelOf(id)}
        </Pill>
      ))}
      {cards.length === 0 ? null : (
        <Text size="sm" c="dimmed" role="status">
          Assumed: the makers’ figures, all memory free, nothing measured.
        </Text>
      )}
    </Group>
  );
}

function labelOf(id: string): string {
  return catalogGpus().find((spec) => spec.id === id)?.name ?? id;
}

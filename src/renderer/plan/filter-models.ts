import type { ComboboxItem, ComboboxParsedItem, OptionsFilter } from '@mantine/core';

/** Options whose title or own name (the catalog's, or a file's path) holds every word of the search; at most `limit` of them. */
export const filterModels: OptionsFilter = ({ options, search, limit }) => {
  const words = search.toLowerCase().split(/\s+/u);
  const fits = ({ value, label }: ComboboxItem) => {
    const text = `${label}\n${value}`.toLowerCase();
    return words.every((word) => text.includes(word));
  };
  let left = limit;
  const take = (items: readonly ComboboxItem[]) => {
    const taken = items.filter(fits).slice(0, left);
    left -= taken.length;
    return taken;
  };
  return options.flatMap<ComboboxParsedItem>((option) =>
    'items' in option ? [{ group: option.group, items: take(option.items) }] : take([option]),
  );
};

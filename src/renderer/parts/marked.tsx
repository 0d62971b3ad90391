import { createElement, Fragment } from 'react';

/** A sentence whose parts between backticks are commands, shown as such. */
export function Marked({ text }: { text: string }) {
  const parts = text.split('`');
  if (parts.length % 2 === 0) return text;
  const shown = parts.map((part, index) => (index % 2 === 1 ? createElement('code', null, part) : part));
  return createElement(Fragment, null, ...shown);
}

import type { Bytes } from '../units';
import type { EmbeddedKind } from '../runtime/embedded-packages';
import { formatBytes } from './format';
import { DEFAULT_LAYOUT, section, type Layout } from './layout';
import { renderTable, wrapText } from './table';

export interface RuntimeList {
  readonly installed: readonly {
    readonly kind: EmbeddedKind;
    readonly version: string;
    readonly folder: string;
    readonly bytes: Bytes;
  }[];
  readonly offered: readonly { readonly kind: EmbeddedKind; readonly bytes: Bytes | null }[];
}

/** Embedded runtimes that are installed, and those that could be. */
export function runtimeListText(
  { installed, offered }: RuntimeList,
  layout: Layout = DEFAULT_LAYOUT,
): string {
  const others = offered.filter(({ kind }) => installed.every((runtime) => runtime.kind !== kind));
  const lines = [
    ...(installed.length === 0
      ? wrapText('No embedded runtime is installed. Trials run on llama.cpp where it is found.', layout.width)
      : renderTable(
          [
            { title: 'Kind', align: 'left' },
            { title: 'node-llama-cpp', align: 'left' },
            { title: 'Size', align: 'right' },
            { title: 'Folder', align: 'left' },
          ],
          installed.map(({ kind, version, bytes, folder }) => [kind, version, formatBytes(bytes), folder]),
        )),
    ...section(
      'To install',
      others.map(({ kind, bytes }) => {
        const size = bytes === null ? 'size not known' : `about ${formatBytes(bytes)}`;
        return `plimsoll runtime install ${kind} (${size})`;
      }),
    ),
  ];
  return `${lines.join('\n')}\n`;
}

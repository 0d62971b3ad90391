import type { CliCommand } from '../command';
import { startWindow } from '../start-window';

export const app: CliCommand = {
  meta: { name: 'app', summary: 'Open the desktop window.', options: [] },
  handler: ({ shells, terminal, signal }) => startWindow(shells.root, terminal, signal),
};

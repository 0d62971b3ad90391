import type { CommandName } from './commands';
import type { Envelope } from './errors';
import type { EventName, EventPayload } from './events';

/** What the preload script puts on `window.plimsoll`: the transport's two functions and the path of a dropped file. */
export interface Bridge {
  call(command: CommandName, input: unknown, task: string): Promise<Envelope>;
  on<Name extends EventName>(event: Name, listener: (payload: EventPayload<Name>) => void): () => void;
  /** Path of a file that the user dropped or picked; null where the system does not say. */
  pathOf(file: unknown): string | null;
}

/** IPC channels, named once for both sides. */
export const channels = { call: 'plimsoll:call', event: 'plimsoll:event' } as const;

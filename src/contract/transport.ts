import type { CommandName } from './commands';
import type { Envelope } from './errors';
import type { EventName, EventPayload } from './events';

/** Carries calls one way and events the other. Three implementations: IPC, HTTP with server-sent events, direct. */
export interface Transport {
  /** Sends a command. `task` names the call, so that its progress can be told and it can be cancelled. Never rejects. */
  call(command: CommandName, input: unknown, task: string): Promise<Envelope>;
  /** Listens to an event; the answer stops listening. */
  on<Name extends EventName>(event: Name, listener: (payload: EventPayload<Name>) => void): () => void;
}

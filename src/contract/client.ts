import { commands, type CommandInput, type CommandName, type CommandOutput } from './commands';
import { ExpectedError } from './errors';
import type { Progress } from './events';
import type { Transport } from './transport';

export interface CallOptions {
  /** Cancels the call on the other side too. */
  readonly signal?: AbortSignal;
  readonly onProgress?: (progress: Progress) => void;
}

/** The commands as typed functions over any transport. */
export interface Client {
  /** Rejects with an ExpectedError that carries the failure of the other side. */
  call<Name extends CommandName>(
    command: Name,
    input: CommandInput<Name>,
    options?: CallOptions,
  ): Promise<CommandOutput<Name>>;
}

/** A client over `transport`; `newTaskId` gives names that no other client on the same agent uses. */
export function createClient(transport: Transport, newTaskId: () => string): Client {
  return {
    async call(command, input, options = {}) {
      const task = newTaskId();
      const stopListening = listenTo(task, transport, options);
      try {
        if (options.signal?.aborted) throw new ExpectedError('cancelled', 'Cancelled.');
        const answer = await transport.call(command, input, task);
        if (!answer.ok) throw expectedErrorOf(answer.failure);
        return commands[command].output.parse(answer.value) as CommandOutput<typeof command>;
      } finally {
        stopListening();
      }
    },
  };
}

function expectedErrorOf(failure: ExpectedError['failure']): ExpectedError {
  return new ExpectedError(failure.code, failure.message, failure.remedy, failure.details);
}

function listenTo(task: string, transport: Transport, { signal, onProgress }: CallOptions): () => void {
  const cancel = () => void transport.call('task.cancel', { task }, `${task}-cancel`);
  signal?.addEventListener('abort', cancel, { once: true });
  const stop = onProgress && transport.on('progress', (event) => event.task === task && onProgress(event));
  return () => {
    signal?.removeEventListener('abort', cancel);
    stop?.();
  };
}

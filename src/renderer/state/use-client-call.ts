import { useCallback, useEffect, useMemo, useRef, useState } from 'react';
import type { CommandInput, CommandName, CommandOutput } from '../../contract/commands';
import { toFailure, type Failure } from '../../contract/errors';
import type { Progress } from '../../contract/events';
import { useConnections } from './client-context';

export type CallState<Output> =
  | { readonly kind: 'idle' }
  | { readonly kind: 'running'; readonly progress: Progress | null; readonly startedAt: number }
  | { readonly kind: 'done'; readonly output: Output }
  | { readonly kind: 'failed'; readonly failure: Failure };

export interface ClientCall<Name extends CommandName> {
  readonly state: CallState<CommandOutput<Name>>;
  /** Runs the command, in place of one that may still run. Null where it failed, was cancelled or was replaced. */
  readonly run: (input: CommandInput<Name>) => Promise<CommandOutput<Name> | null>;
  readonly cancel: () => void;
  /** Forgets the outcome. */
  readonly reset: () => void;
}

/** One command with its state: what is running, how far it is, how it ended. Ends with the component that uses it. */
export function useClientCall<Name extends CommandName>(command: Name): ClientCall<Name> {
  const { client } = useConnections();
  const [state, setState] = useState<CallState<CommandOutput<Name>>>({ kind: 'idle' });
  const current = useRef<AbortController | null>(null);

  const cancel = useCallback(() => current.current?.abort(), []);
  useEffect(() => cancel, [cancel]);

  const run = useCallback(
    async (input: CommandInput<Name>) => {
      current.current?.abort();
      const controller = new AbortController();
      current.current = controller;
      const isCurrent = () => current.current === controller;
      setState({ kind: 'running', progress: null, startedAt: performance.now() });
      const onProgress = (progress: Progress) => {
        if (!isCurrent()) return;
        setState((before) => (before.kind === 'running' ? { ...before, progress } : before));
      };
      try {
        const output = await client.call(command, input, { signal: controller.signal, onProgress });
        if (!isCurrent()) return null;
        setState({ kind: 'done', output });
        return output;
      } catch (error) {
        if (!isCurrent()) return null;
        setState(stateAfter(toFailure(error)));
        return null;
      }
    },
    [client, command],
  );

  const reset = useCallback(() => setState({ kind: 'idle' }), []);
  return useMemo(() => ({ state, run, cancel, reset }), [state, run, cancel, reset]);
}

/** A call that the user stopped is over, not failed. */
function stateAfter(failure: Failure): CallState<never> {
  return failure.code === 'cancelled' ? { kind: 'idle' } : { kind: 'failed', failure };
}

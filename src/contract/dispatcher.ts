import { z } from 'zod';
import { commands, isCommandName, type CommandName, type CommandOutput, type ParsedInput } from './commands';
import { ExpectedError, toFailure, type Envelope } from './errors';
import type { EventName, EventPayload, Progress } from './events';
import type { Transport } from './transport';

/** What a running call has at hand. */
export interface Task {
  readonly signal: AbortSignal;
  progress(progress: Omit<Progress, 'task'>): void;
}

/** One function a command; the agent implements them all. `task.cancel` is the dispatcher's own. */
export type Handlers = {
  readonly [Name in Exclude<CommandName, 'task.cancel'>]: (
    input: ParsedInput<Name>,
    task: Task,
  ) => Promise<CommandOutput<Name>>;
};

type AnyListener = (payload: never) => void;

interface Running {
  readonly controller: AbortController;
  /** Resolves when the call has ended, however. */
  readonly ended: Promise<void>;
}

/**
 * The receiving end of every transport, and the direct transport itself: checks what comes in, runs the handler,
 * checks what goes out, keeps what is running so that it can be cancelled.
 */
export class Dispatcher implements Transport {
  readonly #handlers: Handlers;
  readonly #running = new Map<string, Running>();
  readonly #listeners = new Map<EventName, Set<AnyListener>>();

  constructor(handlers: Handlers) {
    this.#handlers = handlers;
  }

  async call(command: string, input: unknown, task: string): Promise<Envelope> {
    try {
      return { ok: true, value: await this.#answer(command, input, task) };
    } catch (error) {
      return { ok: false, failure: toFailure(error) };
    }
  }

  on<Name extends EventName>(event: Name, listener: (payload: EventPayload<Name>) => void): () => void {
    const listeners = this.#listeners.get(event) ?? new Set<AnyListener>();
    this.#listeners.set(event, listeners.add(listener));
    return () => void listeners.delete(listener);
  }

  /** Cancels everything that runs, for a shell that is about to end; resolves when all of it has tidied up. */
  async cancelAll(): Promise<void> {
    for (const { controller } of this.#running.values()) controller.abort();
    await Promise.all([...this.#running.values()].map(({ ended }) => ended));
  }

  /** Whether any call is running. */
  get busy(): boolean {
    return this.#running.size > 0;
  }

  async #answer(command: string, input: unknown, task: string): Promise<unknown> {
    if (!isCommandName(command)) {
      throw new ExpectedError(
        'unknown-command',
        `There is no command "${command}".`,
        'Update Plimsoll on both sides.',
      );
    }
    const parsed = commands[command].input.safeParse(input);
    if (!parsed.success) throw invalidInput(command, parsed.error);
    if (command === 'task.cancel') return { cancelled: this.#cancel((parsed.data as { task: string }).task) };
    return this.#run(command, parsed.data, task);
  }

  async #run(name: keyof Handlers, input: unknown, task: string): Promise<unknown> {
    if (this.#running.has(task)) {
      throw new ExpectedError('duplicate-task', `A call named "${task}" is already running.`);
    }
    const controller = new AbortController();
    let end!: () => void;
    const ended = new Promise<void>((resolve) => (end = resolve));
    this.#running.set(task, { controller, ended });
    try {
      return checkOutput(name, await this.#handle(name, input, task, controller.signal));
    } catch (error) {
      // A call that was told to stop ends as cancelled, whatever it stumbled over while stopping.
      if (controller.signal.aborted) throw new ExpectedError('cancelled', 'Cancelled.');
      throw error;
    } finally {
      this.#running.delete(task);
      end();
    }
  }

  async #handle(name: keyof Handlers, input: unknown, task: string, signal: AbortSignal): Promise<unknown> {
    const handler = this.#handlers[name] as (input: unknown, task: Task) => Promise<unknown>;
    return handler(input, {
      signal,
      progress: (progress) => this.#emit('progress', { task, ...progress }),
    });
  }

  #cancel(task: string): boolean {
    const running = this.#running.get(task);
    running?.controller.abort();
    return running !== undefined;
  }

  #emit<Name extends EventName>(event: Name, payload: EventPayload<Name>): void {
    for (const listener of this.#listeners.get(event) ?? [])
      (listener as (payload: EventPayload<Name>) => void)(payload);
  }
}

/** An answer that does not keep the contract is our fault, and says where. */
function checkOutput(name: keyof Handlers, output: unknown): unknown {
  const checked = commands[name].output.safeParse(output);
  if (checked.success) return checked.data;
  const first = checked.error.issues[0];
  throw new Error(`the answer of ${name} is not valid at "${first?.path.join('.')}": ${first?.message}`);
}

function invalidInput(command: string, error: z.ZodError): ExpectedError {
  const first = error.issues[0];
  const where = first && first.path.length > 0 ? ` at ${first.path.join('.')}` : '';
  return new ExpectedError(
    'invalid-input',
    `The input of ${command} is not valid${where}: ${first?.message ?? 'unknown fault'}.`,
    'Correct the value and try again.',
    { issues: error.issues.map((issue) => ({ path: issue.path.join('.'), message: issue.message })) },
  );
}

/** How the page stands with its server. */
export type ConnectionState = 'connected' | 'lost' | 'refused' | 'no-token';

/** The state of the connection, to read and to watch. */
export class Connection {
  #state: ConnectionState;
  readonly #watchers = new Set<() => void>();

  constructor(state: ConnectionState) {
    this.#state = state;
  }

  readonly current = (): ConnectionState => this.#state;

  readonly watch = (watcher: () => void): (() => void) => {
    this.#watchers.add(watcher);
    return () => void this.#watchers.delete(watcher);
  };

  become(state: ConnectionState): void {
    if (state === this.#state) return;
    this.#state = state;
    for (const watcher of this.#watchers) watcher();
  }
}

import type { Dispatcher } from './dispatcher';

/** What the commands and the pages are served with. */
export interface ServerOptions {
  readonly dispatcher: Dispatcher;
  /** 0 for any free port. */
  readonly port: number;
  /** Folder of the built pages. */
  readonly pages: string;
}

export interface RunningServer {
  /** Address with the token behind `#`. */
  readonly url: string;
  /** Stops listening and ends every connection. */
  close(): Promise<void>;
}

import type { Dispatcher } from '../contract/dispatcher';

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
  close(): Promise<void>;
}

/** What the command line is handed by the program that starts it, since it may not import the other shells. */
export interface Shells {
  /** Folder of package.json. */
  readonly root: string;
  readonly version: string;
  startServer(options: ServerOptions): Promise<RunningServer>;
}

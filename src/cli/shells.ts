import type { RunningServer, ServerOptions } from '../contract/page-server';

/** What the command line is handed by the program that starts it, since it may not import the other shells. */
export interface Shells {
  /** Folder of package.json. */
  readonly root: string;
  readonly version: string;
  startServer(options: ServerOptions): Promise<RunningServer>;
}

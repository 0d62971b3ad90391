import type { ReadRange } from '../read/run-reading';

/** A file on a server, read in parts. */
export interface RemoteFile {
  readonly bytes: number;
  readonly read: ReadRange;
  /** Where the parts come from: ranges, the start of a download of the whole, or the cache. */
  readonly from: 'ranges' | 'stream' | 'cache';
  /** Keeps what was read for the next time, where the server gave something to know the file by. */
  readonly keep: () => Promise<void>;
  /** Ends what is still under way. */
  readonly close: () => void;
}

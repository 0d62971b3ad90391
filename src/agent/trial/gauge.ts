import type { BandwidthReading } from '../../core/receipt/readings';
import { readBandwidth } from '../../host/probe/bandwidth-reading';

/** A run is interrupted for a reading no more often than this: readings cost 0.4 s each. */
const APART_MS = 1500;

/** Reads the host's bandwidth before, within and after one start of a runtime. */
export class TrialGauge {
  readonly readings: BandwidthReading[] = [];
  readonly #worker: string;
  readonly #threads: number | null;
  readonly #start: number;
  #last = 0;

  /** `worker` is the built memory reader; without one nothing is read. `threads` of the run. */
  constructor(worker: string, threads: number | null, start: number) {
    this.#worker = worker;
    this.#threads = threads;
    this.#start = start;
  }

  async take(when: BandwidthReading['when'], signal: AbortSignal): Promise<void> {
    if (this.#worker === '') return;
    const reading = await readBandwidth({ worker: this.#worker, threads: this.#threads, signal });
    this.#last = performance.now();
    if (reading !== null) this.readings.push({ device: 'host', start: this.#start, when, ...reading });
  }

  /** A reading between two repetitions, where the last one is some time ago. The runtime must be idle. */
  async between(signal: AbortSignal): Promise<void> {
    if (performance.now() - this.#last >= APART_MS) await this.take('between', signal);
  }
}

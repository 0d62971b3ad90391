import type { RuntimeFault } from '../../core/receipt/runtime-failure';

/** A runtime that gave no measurement: why, and the last of what it printed. */
export class RuntimeError extends Error {
  readonly fault: RuntimeFault;
  /** The flag, the model's fault in the runtime's words, the program or address: by the fault. */
  readonly subject: string | null;
  /** The last that it printed; null where it printed nothing. */
  readonly evidence: string | null;

  constructor(fault: RuntimeFault, subject: string | null = null, evidence: string | null = null) {
    super(`${fault}${subject === null ? '' : `: ${subject}`}`);
    this.name = 'RuntimeError';
    this.fault = fault;
    this.subject = subject;
    this.evidence = evidence === '' ? null : evidence;
  }
}

export type InstallFault = 'no-npm' | 'no-room' | 'npm-failed';

/** An embedded runtime that could not be installed; the message is a sentence or npm's own words. */
export class InstallError extends Error {
  readonly fault: InstallFault;

  constructor(fault: InstallFault, message: string) {
    super(message);
    this.name = 'InstallError';
    this.fault = fault;
  }
}

import { isAlive } from '../is-alive';

/** The process that was left behind in the driver: whatever asks the driver next would hang beside it. */
let leftPid: number | null = null;

/** Remembers a process that could not be ended; null forgets nothing. */
export function leaveBehind(pid: number | null): void {
  leftPid = pid ?? leftPid;
}

/** The process that hangs in the driver for good; null where there is none any more. */
export function hangingProcess(): number | null {
  if (leftPid !== null && !isAlive(leftPid)) leftPid = null;
  return leftPid;
}

import { readSystemText } from '../probe/platform-files';

/** Linux counts processor time in these, whatever its kernel's own tick (`sysconf(_SC_CLK_TCK)`). */
const TICKS_A_SECOND = 100;

/** What a process has taken. Null: not to be read on this system, or it has ended. */
export interface ProcessReading {
  /** The most resident memory that it ever had, mapped files included. */
  readonly peakRssBytes: number | null;
  readonly cpuSeconds: number | null;
}

/** Reads `/proc/PID`; nothing elsewhere. */
export async function readProcess(pid: number): Promise<ProcessReading> {
  const status = (await readSystemText(`/proc/${pid}/status`)) ?? '';
  const stat = (await readSystemText(`/proc/${pid}/stat`)) ?? '';
  const peak = /^VmHWM:\s+(\d{1,15}) kB$/m.exec(status)?.[1];
  return {
    peakRssBytes: peak === undefined ? null : Number(peak) * 1024,
    cpuSeconds: secondsIn(stat, OWN),
  };
}

/** Processor time of this process's children that have ended and been waited for; null where it cannot be read. */
export async function readEndedChildrenSeconds(): Promise<number | null> {
  return secondsIn((await readSystemText('/proc/self/stat')) ?? '', CHILDREN);
}

/** Positions in `/proc/PID/stat` behind the name: utime and stime, cutime and cstime (proc(5), fields 14 to 17). */
const OWN = [11, 12] as const;
const CHILDREN = [13, 14] as const;

/** The name in front may hold spaces and brackets. */
function secondsIn(stat: string, positions: readonly number[]): number | null {
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  const ticks = positions.reduce((sum, position) => sum + Number(fields[position]), 0);
  return Number.isFinite(ticks) ? ticks / TICKS_A_SECOND : null;
}

/** Seconds that the machine's processors worked since it started: user, nice, system and interrupts; null elsewhere. */
export async function readBusySeconds(): Promise<number | null> {
  const line = /^cpu +(.+)$/m.exec((await readSystemText('/proc/stat', 4096)) ?? '')?.[1];
  if (line === undefined) return null;
  const [user, nice, system, , , irq, softirq] = line.split(' ').map(Number);
  const ticks = [user, nice, system, irq, softirq].reduce<number>((sum, each) => sum + (each ?? 0), 0);
  return Number.isFinite(ticks) ? ticks / TICKS_A_SECOND : null;
}

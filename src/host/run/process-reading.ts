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
    cpuSeconds: cpuSecondsIn(stat),
  };
}

/** Fields 14 and 15 of `/proc/PID/stat`; the name before may hold spaces and brackets. */
function cpuSecondsIn(stat: string): number | null {
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  const ticks = Number(fields[11]) + Number(fields[12]);
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

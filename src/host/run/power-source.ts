import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { readSystemText } from '../probe/platform-files';

const SUPPLIES = '/sys/class/power_supply';

/** `mains` or `battery`; null where the system does not tell. A machine without a battery is on mains. */
export async function readPowerSource(): Promise<'mains' | 'battery' | null> {
  if (process.platform !== 'linux') return null;
  const names = await readdir(SUPPLIES).catch(() => null);
  if (names === null) return null;
  let battery = false;
  for (const name of names.slice(0, 32)) {
    const read = async (file: string) => (await readSystemText(join(SUPPLIES, name, file)))?.trim() ?? null;
    const type = await read('type');
    // A mouse or a headset has a battery too; only the machine's own is of scope System, or says none.
    if (type === 'Battery' && (await read('scope')) !== 'Device') {
      battery ||= (await read('status')) === 'Discharging';
    }
  }
  return battery ? 'battery' : 'mains';
}

import { join } from 'node:path';
import { z } from 'zod';
import type { CommandOutput } from '../contract/commands';
import { runtimeDevicesSchema, type Profile, type RuntimeDevices } from '../core/profile/schema';
import { findTool } from '../host/run/find-runtime';
import { listDevices, programIdentity } from '../host/run/list-devices';
import { loadText } from '../host/store/load-text';
import { saveText } from '../host/store/save-text';
import { currentProfile } from './profiles';

const keptSchema = z.object({ format: z.literal(1), key: z.string(), devices: runtimeDevicesSchema });

/** Builds that did not answer: asked once, so that one which hangs holds up one plan and not each. */
const silent = new Set<string>();

/** The stored profile, named as below; null where this machine was not measured yet. Throws ExpectedError or AbortError. */
export async function namedProfile(
  dataDirectory: string,
  signal: AbortSignal,
): Promise<CommandOutput<'profile.current'>> {
  const { profile, path } = await currentProfile(dataDirectory);
  return {
    profile: profile === null ? null : await withRuntimeDevices(profile, dataDirectory, signal),
    path,
  };
}

/**
 * The profile of this machine with what the llama-server that is found here calls its devices, so that flags name them as this very
 * build does; unchanged where there are no GPUs, no llama-server, or it does not say. Asked anew when the program or the cards
 * change. Throws only AbortError.
 */
async function withRuntimeDevices(
  profile: Profile,
  dataDirectory: string,
  signal: AbortSignal,
): Promise<Profile> {
  const { gpus } = profile.hardware;
  if (gpus === null || gpus.length === 0) return profile;
  const program = await findTool('llama-server');
  const identity = program === null ? null : await programIdentity(program);
  if (program === null || identity === null) return profile;
  const cards = gpus.map(({ name, uuid, pci_bus_id }) => uuid ?? pci_bus_id ?? name ?? '');
  const key = [identity, ...cards].join('|');
  const devices = (await kept(key, dataDirectory)) ?? (await asked(program, key, dataDirectory, signal));
  return devices === null ? profile : { ...profile, runtime_devices: devices };
}

async function kept(key: string, dataDirectory: string): Promise<RuntimeDevices | null> {
  try {
    const text = await loadText(pathIn(dataDirectory));
    const found = text === null ? null : keptSchema.parse(JSON.parse(text));
    return found?.key === key ? found.devices : null;
  } catch {
    return null;
  }
}

async function asked(
  program: string,
  key: string,
  dataDirectory: string,
  signal: AbortSignal,
): Promise<RuntimeDevices | null> {
  if (silent.has(key)) return null;
  const listed = await listDevices(program, signal);
  if (listed === null) {
    silent.add(key);
    return null;
  }
  const devices = { program, devices: [...listed] };
  // keeping it saves time and nothing else
  await saveText(pathIn(dataDirectory), JSON.stringify({ format: 1, key, devices })).catch(() => undefined);
  return devices;
}

function pathIn(dataDirectory: string): string {
  return join(dataDirectory, 'cache', 'runtime-devices.json');
}

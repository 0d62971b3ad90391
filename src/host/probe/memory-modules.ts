/** Asking the firmware's tables takes milliseconds; a program that hangs is not waited for. */
const TIMEOUT_MS = 3000;

/** A module that is fitted; its speed is null where the firmware does not tell. */
export interface FittedModule {
  readonly megatransfers: number | null;
}

/** The memory modules of this machine; null where they cannot be read (on Linux that takes root and dmidecode). */
export async function lookUpMemoryModules(): Promise<readonly FittedModule[] | null> {
  let timer: NodeJS.Timeout | undefined;
  const tooLate = new Promise<null>((resolve) => {
    timer = setTimeout(resolve, TIMEOUT_MS, null);
  });
  try {
    return await Promise.race([askForModules(), tooLate]);
  } finally {
    clearTimeout(timer);
  }
}

/** Where it may not read the tables, systeminformation answers one nameless module with all the memory, at speed 0. */
async function askForModules(): Promise<readonly FittedModule[] | null> {
  try {
    const { memLayout } = await import('systeminformation');
    const fitted = (await memLayout()).filter(({ size, type }) => size > 0 && type !== 'Empty');
    const told = fitted.some(({ clockSpeed }) => typeof clockSpeed === 'number' && clockSpeed > 0);
    if (!told) return null;
    return fitted.map(({ clockSpeed }) => ({
      megatransfers: typeof clockSpeed === 'number' && clockSpeed > 0 ? clockSpeed : null,
    }));
  } catch {
    return null;
  }
}

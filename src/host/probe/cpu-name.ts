/** systeminformation runs several programs, any of which may hang; a name is not worth more. */
const TIMEOUT_MS = 3000;

/** What systeminformation calls the processor; null where it does not know, fails or takes longer than 3 s. */
export async function lookUpCpuName(): Promise<string | null> {
  let timer: NodeJS.Timeout | undefined;
  const tooLate = new Promise<null>((resolve) => {
    timer = setTimeout(resolve, TIMEOUT_MS, null);
  });
  try {
    return await Promise.race([askForName(), tooLate]);
  } finally {
    clearTimeout(timer);
  }
}

async function askForName(): Promise<string | null> {
  try {
    const { cpu } = await import('systeminformation');
    const { manufacturer, brand } = await cpu();
    return `${manufacturer} ${brand}`.trim() || null;
  } catch {
    return null;
  }
}

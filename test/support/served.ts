import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';

export interface Served {
  /** The address that `serve` printed, with its token. */
  readonly address: string;
  stop(): Promise<void>;
}

/** Starts `plimsoll serve` on a free port with a data folder of its own. */
export async function serve(dataFolder: string): Promise<Served> {
  const child = spawn(process.execPath, ['bin/plimsoll.mjs', 'serve', '--port', '0'], {
    env: { ...process.env, PLIMSOLL_DATA_DIR: dataFolder },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const address = await firstAddress(child.stdout, child.stderr);
  return {
    address,
    async stop() {
      if (child.exitCode !== null) return;
      child.kill('SIGINT');
      await once(child, 'exit');
    },
  };
}

async function firstAddress(...streams: NodeJS.ReadableStream[]): Promise<string> {
  return new Promise((resolve, reject) => {
    const lines: string[] = [];
    const timer = setTimeout(
      () => reject(new Error(`serve printed no address: ${lines.join('\n')}`)),
      30_000,
    );
    for (const stream of streams) {
      createInterface({ input: stream }).on('line', (line) => {
        lines.push(line);
        const found = /http:\/\/\S+#token=\S+/.exec(line);
        if (found === null) return;
        clearTimeout(timer);
        resolve(found[0]);
      });
    }
  });
}

import { type ChildProcess, spawn } from 'node:child_process';
import { freePort } from '../../src/host/run/free-port';

/** Everything that was started; none outlives a test that was cut off. */
const servers: ChildProcess[] = [];

export function killServers(): void {
  for (const server of servers) server.kill('SIGKILL');
}

const LONGEST_START_MS = 60_000;

/** What llama-server says until it listens or gives up: at verbosity 4 it tells of buffers, at 5 where layers lie. */
export async function startServer(argv: readonly string[], verbosity: 4 | 5 = 4): Promise<string> {
  const port = await freePort();
  const server = spawn('llama-server', [...argv, '--port', String(port), '-lv', String(verbosity)], {
    // else it starts a debugger on itself when it gives up
    env: { ...process.env, GGML_NO_BACKTRACE: '1' },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  servers.push(server);
  let log = '';
  const collect = (chunk: Buffer): void => {
    log += String(chunk);
    if (log.includes('listening on http')) server.kill('SIGKILL');
  };
  const tooLong = setTimeout(() => server.kill('SIGKILL'), LONGEST_START_MS);
  server.stdout.on('data', collect);
  server.stderr.on('data', collect);
  await new Promise((done) => server.once('close', done));
  clearTimeout(tooLong);
  return log;
}

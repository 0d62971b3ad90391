import { type ChildProcess, spawn } from 'node:child_process';
import { connect } from 'node:net';
import { freePort } from '../../src/host/run/free-port';

/** A ggml-rpc-server that stands in for a GPU, once it answers. Kill it when done; it does not outlive this program's exit. */
export async function startRpcServer(): Promise<{ process: ChildProcess; address: string }> {
  const address = `127.0.0.1:${await freePort()}`;
  const server = spawnRpcServer(address);
  await listening(address);
  return { process: server, address };
}

/** The same at a given address, without waiting for it. */
export function spawnRpcServer(address: string): ChildProcess {
  const port = address.split(':')[1]!;
  const server = spawn('ggml-rpc-server', ['-H', '127.0.0.1', '-p', port], { stdio: 'ignore' });
  const kill = () => void server.kill('SIGKILL');
  process.once('exit', kill);
  server.once('exit', () => process.off('exit', kill));
  return server;
}

/** Waits until something answers at the address. */
export async function listening(at: string): Promise<void> {
  const [host, port] = at.split(':');
  for (let attempt = 0; attempt < 200; attempt++) {
    const answered = await new Promise<boolean>((done) => {
      const socket = connect(Number(port), host);
      socket.once('connect', () => done(socket.destroy() !== undefined));
      socket.once('error', () => done(false));
    });
    if (answered) return;
    await new Promise((done) => setTimeout(done, 50));
  }
  throw new Error(`nothing listens at ${at}`);
}

import { KeptProcess } from '../../src/host/run/kept-process';

/** Keeps the program named first as on Windows, `taskkill` and `powershell` being whatever PATH has; with `stop` it ends it, else it waits. */
const [file, word] = process.argv.slice(2);
Object.defineProperty(process, 'platform', { value: 'win32' });
const kept = new KeptProcess(file!, [], { env: {} });
console.log('started');
if (word === 'stop') {
  await new Promise((resolve) => setTimeout(resolve, 300));
  await kept.stop();
  console.log('stopped');
} else {
  setInterval(() => {}, 1000);
}

import { spawn } from 'node:child_process';
import { build } from './setup/build.mjs';
import { installDependencies } from './setup/dependencies.mjs';
import { fetchElectron, hasDisplay } from './setup/electron.mjs';
import { finding } from './setup/say.mjs';
import { installSystemPackages } from './setup/system-packages.mjs';

if (!installDependencies()) process.exit(1);
installSystemPackages(['fio']);
if (!build()) process.exit(1);

const window = hasDisplay() && fetchElectron() !== null;
if (!window && !hasDisplay()) finding('There is no display here, so the window stays closed.', null);
run(window ? 'app' : 'overview');

function run(command) {
  const child = spawn(process.execPath, ['bin/plimsoll.mjs', command, ...process.argv.slice(2)], {
    stdio: 'inherit',
  });
  for (const signal of ['SIGINT', 'SIGTERM']) process.on(signal, () => child.kill(signal));
  child.on('exit', (code) => process.exit(code ?? 1));
}

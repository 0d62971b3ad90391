import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { loadSources } from '../scripts/setup/load-sources.mjs';
import { say } from '../scripts/setup/say.mjs';

const MODULES = [
  '../test/support/hold-ships',
  '../test/support/programs',
  '../test/support/ship-cases',
  '../test/support/stand-ins',
];
const CASES = Number(process.env['PLIMSOLL_SHIP_CASES'] ?? 500);
const SEED = Number(process.env['PLIMSOLL_SHIP_SEED'] ?? 20_261_121);
/** With `PLIMSOLL_SHIP_HARDER=1`: up to four GPUs, half of the models hybrids, every objective, up to 8 sequences. */
const HARDER = process.env['PLIMSOLL_SHIP_HARDER'] === '1';
const MOST_GPUS = HARDER ? 4 : 2;

/** Generated plans, each held against `llama-fit-params` with ggml-rpc-servers as its GPUs: ships that lie, and refusals that need not be. */
export async function run() {
  const ours = await loadSources(MODULES);
  if (ours.programOnPath('llama-fit-params') === null || ours.programOnPath('ggml-rpc-server') === null) {
    say('skipped: llama-fit-params or ggml-rpc-server is not on PATH');
    return;
  }
  const folder = mkdtempSync(join(tmpdir(), 'plimsoll-bench-'));
  const standIns = await ours.startStandIns(MOST_GPUS);
  const count = { ship: 0, refuse: 0, 'left-out': 0, under: 0, over: 0, below: 0, needless: 0 };
  try {
    for (const one of ours.shipCases(CASES, SEED, MOST_GPUS, HARDER)) {
      const held = await ours.holdShip(one, standIns, folder);
      count[held.kind]++;
      tell(one, held);
      if (held.kind === 'ship') {
        for (const what of ['under', 'over', 'below']) if (held[what].length > 0) count[what]++;
      } else if (held.kind === 'refuse' && held.fitted !== null) count.needless++;
    }
  } finally {
    standIns.stop();
    rmSync(folder, { recursive: true, force: true });
  }
  say(
    `${CASES} cases: ${count.ship} ship, of which ${count.under} with less on a device than the dry run says, ${count.over} over a budget, ` +
      `${count.below} with less than llama-server itself reckons; ${count.refuse} refused for memory, ${count.needless} of them needlessly; ` +
      `${count['left-out']} left out`,
  );
}

/** Only what should not be. */
function tell(one, held) {
  const what = `case ${one.position}: ${one.model.name} ${one.model.quant ?? ''}`;
  if (held.kind === 'ship') {
    const wrong = [...held.under, ...held.over, ...held.below.map((each) => `(llama-server) ${each}`)];
    if (wrong.length > 0) say(`${what}: ${wrong.join('; ')}`);
  } else if (held.kind === 'refuse' && held.fitted !== null)
    say(`${what} refused, would fit: ${held.fitted.slice(0, 160)}`);
  else if (held.kind === 'left-out') say(`${what} left out: ${held.why}`);
}

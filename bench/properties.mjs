import { loadSources } from '../scripts/setup/load-sources.mjs';
import { say } from '../scripts/setup/say.mjs';

const CASES = Number(process.env['PLIMSOLL_PROPERTY_CASES'] ?? 10_000);
const SEED = Number(process.env['PLIMSOLL_PROPERTY_SEED'] ?? 20_261_121);
const STEP = 250;

/** What must hold of every plan, looked at in 10,000 generated cases each; where it does not, the case in words. */
export async function run() {
  const ours = await loadSources(['../test/support/plan-properties']);
  const sums = new Map(ours.planProperties.map((name) => [name, { cases: 0, telling: 0, broken: 0 }]));
  for (let from = 0; from < CASES; from += STEP) {
    const counts = ours.countProperties(SEED, from, Math.min(from + STEP, CASES));
    for (const [name, { cases, telling, broken }] of Object.entries(counts)) {
      const sum = sums.get(name);
      sum.cases += cases;
      sum.telling += telling;
      sum.broken += broken.length;
      for (const each of broken) say(each);
    }
    if (process.stderr.isTTY) process.stderr.write(`${Math.min(from + STEP, CASES)} of ${CASES}\r`);
  }
  for (const [name, { cases, telling, broken }] of sums)
    say(`${name}: ${cases} cases, ${telling} with something to check, ${broken} where it does not hold`);
}

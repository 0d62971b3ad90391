// node verdict-case.mjs SEED POSITION...
import { loadSources } from './scripts/setup/load-sources.mjs';
const ours = await loadSources(['../test/support/plan-properties','../test/support/plan-cases','core/plan/plan-model']);
const [seed, ...positions] = process.argv.slice(2).map(Number);
for (const position of positions) {
  const counts = ours.countProperties(seed, position, position + 1);
  for (const [name, { telling, broken }] of Object.entries(counts)) console.log(position, name, telling, broken.join(' | ').slice(0, 3000));
}

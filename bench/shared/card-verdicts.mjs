import { userSeconds } from './timing.mjs';
import { wholeOnCard } from './settings.mjs';

const QUANTS = ['Q2_K', 'Q3_K_M', 'Q4_K_S', 'Q4_K_M', 'Q5_K_M', 'Q6_K', 'Q8_0', 'F16'];
const CARDS = 60;
const WANTED = 48_000;

/** Whether each model of the catalog in each quantisation fits on each card, models made on the way; in words, with what 48,000 take. */
export function timeCardVerdicts(ours) {
  const entries = ours.catalogEntries();
  const cards = ours.catalogGpus().slice(0, CARDS);
  let count = 0;
  let fits = 0;
  const seconds = userSeconds(() => {
    for (const { name } of entries)
      for (const quant of QUANTS) {
        const model = ours.catalogModel(name, quant);
        if (model === null) continue;
        for (const card of cards) {
          const { device } = ours.partsOf(model, wholeOnCard);
          const sum = (device.model ?? NaN) + (device.context ?? NaN) + (device.compute ?? NaN);
          if (sum <= card.memory_gib * 2 ** 30) fits++;
          count++;
        }
      }
  });
  return (
    `${count.toLocaleString('en')} verdicts on one card (${entries.length} models x ${cards.length} cards x ${QUANTS.length} quantisations, models made on the way): ` +
    `${seconds.toFixed(2)} s, ${((WANTED / count) * seconds).toFixed(2)} s for 48,000; ${fits.toLocaleString('en')} fit`
  );
}

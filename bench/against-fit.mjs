import { loadSources } from '../scripts/setup/load-sources.mjs';
import { say } from '../scripts/setup/say.mjs';

const MODULES = ['../test/support/against-fit'];

/**
 * Our placement beside that of `--fit`, both judged by our own forecast: every captured model on one card of six sizes, and on
 * machines of two to four unlike cards.
 */
export async function run() {
  const ours = await loadSources(MODULES);
  tell('one card', ours.againstFit());
  tell('two to four cards', ours.againstFitOnSeveral());
}

function tell(title, rows) {
  for (const { model, gib, planned, fit, gain } of rows) {
    const figures = `${planned?.toFixed(1) ?? '-'} against ${fit?.toFixed(1) ?? '-'} tok/s`;
    if (gain === null || Math.abs(gain) > 0.001)
      say(`${model.padEnd(20)} ${gib.join('+').padStart(11)} GiB  ${figures}  ${percent(gain)}`);
  }
  const known = rows.flatMap(({ gain }) => (gain === null ? [] : [gain]));
  const better = known.filter((gain) => gain > 0.001);
  say(
    `${title}: ${rows.length} placements: ${better.length} faster than --fit's, by up to ${percent(Math.max(0, ...better))}; ` +
      `${known.filter((gain) => gain < -1e-9).length} slower; ${rows.length - known.length} not comparable`,
  );
}

function percent(gain) {
  return gain === null ? 'not comparable' : `${gain >= 0 ? '+' : ''}${(100 * gain).toFixed(1)} %`;
}

import { loadSources } from '../scripts/setup/load-sources.mjs';
import { say } from '../scripts/setup/say.mjs';

const MODULES = ['../test/support/against-fit'];

/** Our placement beside that of `--fit`, both judged by our own forecast, for every captured model and six sizes of graphics memory. */
export async function run() {
  const ours = await loadSources(MODULES);
  const rows = ours.againstFit();
  for (const { model, gib, planned, fit, gain } of rows) {
    const figures = `${planned?.toFixed(1) ?? '-'} against ${fit?.toFixed(1) ?? '-'} tok/s`;
    if (gain === null || Math.abs(gain) > 0.001)
      say(`${model.padEnd(20)} ${String(gib).padStart(3)} GiB  ${figures}  ${percent(gain)}`);
  }
  const known = rows.flatMap(({ gain }) => (gain === null ? [] : [gain]));
  const better = known.filter((gain) => gain > 0.001);
  say(
    `${rows.length} placements: ${better.length} faster than --fit's, by up to ${percent(Math.max(0, ...better))}; ` +
      `${known.filter((gain) => gain < -0.001).length} slower; ${rows.length - known.length} not comparable`,
  );
}

function percent(gain) {
  return gain === null ? 'not comparable' : `${gain >= 0 ? '+' : ''}${(100 * gain).toFixed(1)} %`;
}

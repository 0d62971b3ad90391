import { requantised } from '../../model/quantise/requantise';
import type { Model } from '../../model/schema';
import { formatBytes, formatInteger } from '../../report/format';
import { type Bytes, sumKnown } from '../../units';
import { partsOf } from '../memory';
import { indexOf } from '../model-index';
import { rememberAlike } from '../named-tensors';
import { layersOnDevices } from '../layer-homes';
import { qualityOfWeights } from '../quality/weights';
import type { Candidate } from '../placement';
import type { MemoryRow, NextStep } from '../schema';
import type { Settings } from '../settings';
import { nextLargerQuant } from './machine-kinds';

/**
 * What a plan that ships would need for more, each at the placement that was chosen: all of the model on GPUs, twice the context, the
 * next larger file. Left out where it is reached already or its memory is not known.
 */
export function nextSteps(model: Model, { settings, rows, parts }: Chosen): readonly NextStep[] {
  const short: ShortOf = (changedModel, changed) =>
    shortOf(rows, parts.rows, partsOf(changedModel, changed).rows);
  return [
    allOnGpu(model, settings, short),
    longerContext(model, settings, short),
    largerQuant(model, settings, short),
  ].filter((step) => step !== null);
}

/** The placement that was chosen, with what it takes. */
type Chosen = Pick<Candidate, 'settings' | 'rows' | 'parts'>;

/** Bytes over each budget after a change of model or settings; null where anything is unknown. */
type ShortOf = (model: Model, settings: Settings) => Short | null;

function allOnGpu(model: Model, settings: Settings, short: ShortOf): NextStep | null {
  const { layers, expertLayers } = indexOf(model);
  const onHost = expertLayers > 0 && (settings.cpuMoeLayers > 0 || settings.overrides.length > 0);
  if (!settings.device || (layersOnDevices(layers, settings) > layers && !onHost)) return null;
  const memory = short(model, {
    ...settings,
    gpuLayers: layers + 1,
    cpuMoeLayers: 0,
    overrides: [],
  });
  if (memory === null || memory.length === 0) return null;
  return { code: 'all-on-gpu', message: `With ${wordsOf(memory)} all of it would lie on the GPU.`, memory };
}

function longerContext(model: Model, settings: Settings, short: ShortOf): NextStep | null {
  const trained = model.context_trained;
  if (trained === null || settings.context >= trained) return null;
  const context = Math.min(trained, settings.context * 2);
  const memory = short(model, { ...settings, context });
  if (memory === null) return null;
  const name = `A context of ${formatInteger(context)} tokens`;
  const message =
    memory.length === 0 ? `${name} would fit as well.` : `${name} would need ${wordsOf(memory)}.`;
  return { code: 'longer-context', message, memory };
}

function largerQuant(model: Model, settings: Settings, short: ShortOf): NextStep | null {
  const quant = model.quant === null ? null : nextLargerQuant(model.quant);
  const larger = quant === null ? null : requantised(model, quant);
  if (quant === null || larger === null) return null;
  rememberAlike(model, larger, settings.overrides);
  const memory = short(larger, settings);
  if (memory === null) return null;
  const quality = qualityOfWeights(model.quant!, quant);
  const gain =
    quality === null
      ? ''
      : ` (perplexity ${(-quality.change_pct).toFixed(1)} % lower: ${quality.published_in}, ${quality.model})`;
  const message =
    memory.length === 0
      ? `Its ${quant} file${gain} would fit as well.`
      : `Its ${quant} file${gain} would need ${wordsOf(memory)}.`;
  return { code: 'larger-quant', message, memory };
}

type Short = NextStep['memory'];

function shortOf(rows: readonly MemoryRow[], before: Rows, after: Rows): Short | null {
  const short: Short = [];
  for (const row of rows) {
    const total = sumKnown([row.total_bytes, difference(after, before, row.device)]);
    if (total === null || row.budget_bytes === null) return null;
    if (total > row.budget_bytes) short.push({ device: row.device, bytes: total - row.budget_bytes });
  }
  return short;
}

type Rows = ReturnType<typeof partsOf>['rows'];

function difference(after: Rows, before: Rows, device: string): Bytes | null {
  const [to, from] = [sumOf(after, device), sumOf(before, device)];
  return to === null || from === null ? null : to - from;
}

function sumOf(rows: Rows, device: string): Bytes | null {
  const row = rows.find((each) => each.device === device);
  return row === undefined ? 0 : sumKnown([row.model, row.context, row.compute, row.output]);
}

function wordsOf(memory: Short): string {
  return memory
    .map(
      ({ device, bytes }) =>
        `${formatBytes(bytes)} more ${device === 'host' ? 'host memory' : `on ${device}`}`,
    )
    .join(' and ');
}

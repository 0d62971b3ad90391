import { ExpectedError } from '../../contract/errors';
import type { Catalog } from '../../core/catalog/catalog';
import { findGpu } from '../../core/catalog/gpus/gpus';
import { gpuClasses, type GpuSpec, gpuVendors } from '../../core/catalog/gpus/schema';
import { catalogEntries, catalogModel } from '../../core/catalog/models';
import { cellOf, type MatrixCell, matrixOf, precisionOf, requirementOf } from '../../core/matrix/matrix';
import { type MatrixModel, matrixModel, matrixModelOfRow } from '../../core/matrix/models';
import { matrixPrecisions } from '../../core/matrix/precisions';
import {
  type MatrixMode,
  matrixModes,
  type MatrixRequest,
  matrixRequestSchema,
  type MatrixSort,
  matrixSorts,
} from '../../core/matrix/schema';
import { filterCells, filterGpus, sortCells } from '../../core/matrix/select';
import type { Layout } from '../../core/report/layout';
import { matrixCsv, matrixMarkdown, matrixTable, matrixTitle, pairText } from '../../core/report/matrix-text';
import { chosen } from '../chosen';
import type { CliCommand, Context, OptionMeta } from '../command';
import { exitStatus } from '../exit-status';
import { collect, numberFrom, wholeNumber } from '../option-values';
import { parseOptions } from '../parse-options';
import { catalogOption } from './catalog';

interface MatrixOptions {
  readonly model?: readonly string[];
  readonly gpu?: readonly string[];
  readonly ctx?: number;
  readonly precision?: string;
  readonly mode?: MatrixMode;
  readonly overheadFactor?: number;
  readonly margin?: number;
  readonly vendor?: readonly string[];
  readonly class?: readonly string[];
  readonly runs?: boolean;
  readonly leastFree?: number;
  readonly sort?: MatrixSort;
  readonly descending?: boolean;
  readonly format?: 'table' | 'json' | 'csv' | 'markdown';
  readonly catalog?: readonly string[];
}

const options: readonly OptionMeta[] = [
  {
    flags: '--model <ref>',
    description: 'a model; may be repeated; default: all of the catalog',
    parse: collect,
  },
  {
    flags: '--gpu <id>',
    description: 'a card; may be repeated; default: all of the catalog',
    parse: collect,
  },
  { flags: '--ctx <tokens>', description: 'context; default: 8192', parse: wholeNumber(1, 2 ** 31 - 1) },
  {
    flags: '--precision <name>',
    description: 'how weights are stored; default: fp16',
    choices: matrixPrecisions.map(({ id }) => id),
  },
  { flags: '--mode <mode>', description: 'padding of the rule of thumb, or exact', choices: matrixModes },
  {
    flags: '--overhead-factor <share>',
    description: 'share for the runtime; default: 0.3',
    parse: numberFrom(0),
  },
  {
    flags: '--margin <mib>',
    description: 'exact: left free on the card; default: 1024',
    parse: numberFrom(0),
  },
  {
    flags: '--vendor <name>',
    description: `cards of ${gpuVendors.join(', ')}; may be repeated`,
    parse: collect,
  },
  {
    flags: '--class <name>',
    description: `cards of ${gpuClasses.join(', ')}; may be repeated`,
    parse: collect,
  },
  { flags: '--runs', description: 'only what runs' },
  { flags: '--least-free <percent>', description: 'only what leaves so much memory', parse: numberFrom(0) },
  { flags: '--sort <key>', description: 'order of the rows', choices: matrixSorts },
  { flags: '--descending', description: 'the largest first' },
  {
    flags: '--format <format>',
    description: 'table, json, csv, markdown',
    choices: ['table', 'json', 'csv', 'markdown'],
  },
  catalogOption,
];

export const matrix: CliCommand<MatrixOptions> = {
  meta: { name: 'matrix', summary: 'Say which model runs on which card.', options },
  async handler(context, given) {
    const request = parseOptions(matrixRequestSchema, {
      context_tokens: given.ctx,
      precision: given.precision,
      mode: given.mode,
      overhead_factor: given.overheadFactor,
      margin_mib: given.margin,
    });
    const catalog = await context.call('catalog.read', { files: [...(given.catalog ?? [])] });
    const gpus = chosenGpus(catalog, given);
    const models = await chosenModels(context, given.model ?? [], catalog);
    const cells = chosenCells(matrixOf(models, gpus, request), given);
    const format = context.json ? 'json' : (given.format ?? 'table');
    const single = models.length === 1 && gpus.length === 1;
    if (format === 'json') {
      const breakdown = single
        ? requirementOf(models[0]!, precisionOf(request), request).breakdown
        : undefined;
      const answer = { ...request, breakdown, results: cells };
      context.terminal.printRaw(`${JSON.stringify(answer, null, 2)}\n`);
    } else if (format === 'csv') context.terminal.printRaw(matrixCsv(cells));
    else if (format === 'markdown') context.terminal.printRaw(matrixMarkdown(cells, request));
    else context.terminal.print(textOf(cells, models, gpus, request, context.terminal));
    return exitStatus.done;
  },
};

function textOf(
  cells: readonly MatrixCell[],
  models: readonly MatrixModel[],
  gpus: readonly GpuSpec[],
  request: MatrixRequest,
  layout: Layout,
): string {
  const [model, gpu] = [models[0], gpus[0]];
  const single = models.length === 1 && gpus.length === 1 && model !== undefined && gpu !== undefined;
  const lines = single
    ? pairLines(model, gpu, request)
    : cells.length === 0
      ? ['Nothing is left of it.']
      : matrixTable(cells, request, layout);
  return `${[matrixTitle(request), '', ...lines].join('\n')}\n`;
}

function pairLines(model: MatrixModel, gpu: GpuSpec, request: MatrixRequest): string[] {
  const precision = precisionOf(request);
  const requirement = requirementOf(model, precision, request);
  return pairText(requirement, cellOf(requirement, gpu, precision, request), request);
}

function chosenCells(cells: readonly MatrixCell[], given: MatrixOptions): readonly MatrixCell[] {
  const left = filterCells(cells, {
    runs: given.runs === true ? true : null,
    leastFree: given.leastFree ?? null,
  });
  return given.sort === undefined && given.descending !== true
    ? left
    : sortCells(left, given.sort ?? 'required', given.descending ?? false);
}

function chosenGpus({ gpus }: Catalog, given: MatrixOptions): readonly GpuSpec[] {
  if (given.gpu !== undefined)
    return given.gpu.map((name) => chosen('card', name, findGpu(name, gpus), 'gpus'));
  const found = filterGpus(gpus, given.vendor ?? [], given.class ?? []);
  if (found.length > 0) return found;
  throw new ExpectedError('usage', 'No card is of this maker and class.', 'See `plimsoll catalog gpus`.');
}

async function chosenModels(
  context: Context,
  references: readonly string[],
  catalog: Catalog,
): Promise<readonly MatrixModel[]> {
  if (references.length === 0) return allModels(catalog);
  const models: MatrixModel[] = [];
  for (const reference of references) {
    const row = catalog.models.find(({ name }) => name === reference);
    models.push(row === undefined ? await namedModel(context, reference) : matrixModelOfRow(row));
  }
  return models;
}

/** The catalog's models, and those known by their attention whose parameters are given. */
function allModels(catalog: Catalog): readonly MatrixModel[] {
  const rows = catalog.models.filter(({ total_params_b: parameters }) => parameters !== null);
  return [
    ...catalogEntries().map(({ name }) => catalogued(name)),
    ...rows.map((row) => matrixModelOfRow(row)),
  ];
}

function catalogued(name: string): MatrixModel {
  return matrixModel(name, catalogModel(name, 'F16')!, (quant) => catalogModel(name, quant));
}

/** A model by name, file or repository; one that was read is known in its own quantisation alone. */
async function namedModel(context: Context, reference: string): Promise<MatrixModel> {
  if (catalogModel(reference, 'F16') !== null) return catalogued(reference);
  const model = await context.call('model.read', { reference });
  return matrixModel(reference, model, (quant) => (model.quant?.toUpperCase() === quant ? model : null));
}

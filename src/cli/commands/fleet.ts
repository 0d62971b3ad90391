import { saveReport } from '../../agent/save-report';
import { ExpectedError } from '../../contract/errors';
import type { Catalog } from '../../core/catalog/catalog';
import { findNamed } from '../../core/catalog/find-named';
import type { ServerSpec } from '../../core/catalog/servers/schema';
import { compareServers, nodeTable, tableSteps } from '../../core/fleet/compare';
import { FleetError } from '../../core/fleet/fleet-error';
import { fleetJson } from '../../core/fleet/fleet-json';
import { type FleetModel, fleetModelOf, fleetModelOfRow } from '../../core/fleet/fleet-model';
import { fleetRequestSchema } from '../../core/fleet/schema';
import { type Fleet, type FleetQuestion, sizeFleet } from '../../core/fleet/size-fleet';
import { executiveHtml, executiveMarkdown } from '../../core/report/fleet-executive';
import type { Layout } from '../../core/report/layout';
import { comparisonLines, fleetText, nodeTableLines } from '../../core/report/fleet-text';
import { chosen } from '../chosen';
import type { CliCommand, Context } from '../command';
import { exitStatus } from '../exit-status';
import { parseOptions } from '../parse-options';
import { fleetOptions, type FleetOptions } from './fleet-options';

/** Width of a report that goes into a file. */
const FILE_WIDTH = 100;

export const fleet: CliCommand<FleetOptions> = {
  meta: {
    name: 'fleet',
    summary: 'Say how many servers so many sessions need.',
    options: fleetOptions,
  },
  async handler(context, given) {
    const catalog = await readCatalog(context, given);
    const question = await questionOf(context, given, catalog);
    const sized = expectingFleetErrors(() => sizeFleet(question));
    const beside = besideOf(question, given, catalog, context.terminal);
    const json = { ...fleetJson(sized), ...beside.json };
    await writeFiles(given, sized, json);
    if (context.json) context.terminal.printRaw(`${JSON.stringify(json, null, 2)}\n`);
    else if (given.executiveReport === true) context.terminal.print(executiveMarkdown(sized));
    else context.terminal.print(`${[...fleetText(sized, context.terminal), ...beside.lines].join('\n')}\n`);
    return exitStatus.done;
  },
};

function readCatalog(context: Context, given: FleetOptions): Promise<Catalog> {
  const files = [given.catalog, given.modelsFile, given.serversFile, given.storageFile];
  return context.call('catalog.read', { files: files.flatMap((list) => list ?? []) });
}

async function questionOf(context: Context, given: FleetOptions, catalog: Catalog): Promise<FleetQuestion> {
  const fields = ['model', 'server', 'concurrency', 'effectiveContext'] as const;
  const lacking = fields.filter((field) => given[field] === undefined);
  if (lacking.length > 0) throw missing(lacking);
  const server = namedServer(given.server, catalog);
  return {
    model: await namedModel(context, given.model, catalog),
    server: given.price === undefined ? server : { ...server, price: given.price },
    storage: chosen(
      'storage profile',
      given.storage,
      findNamed(given.storage, catalog.storage, byName),
      'storage',
    ),
    request: parseOptions(fleetRequestSchema, {
      concurrency: given.concurrency,
      effective_context: given.effectiveContext,
      kv_precision: given.kvPrecision,
      cache_policy: given.cachePolicy,
      runtime_overhead_gib: given.runtimeOverheadGib,
      kv_budget_ratio: given.kvBudgetRatio,
      peak_headroom_ratio: given.peakHeadroomRatio,
      ha_mode: given.haMode,
      weights_gib: given.weightsGib,
      tensor_parallel: given.tensorParallel,
      reserve_per_gpu_gib: given.reservePerGpuGib,
      contexts: given.contexts,
    }),
  };
}

function missing(fields: readonly string[]): ExpectedError {
  const options = fields.map(
    (field) => `--${field.replaceAll(/[A-Z]/gu, (letter) => `-${letter.toLowerCase()}`)}`,
  );
  const last = options.at(-1)!;
  const names = options.length === 1 ? last : `${options.slice(0, -1).join(', ')} and ${last}`;
  return new ExpectedError(
    'usage',
    `${names} ${options.length === 1 ? 'is' : 'are'} missing.`,
    'For example: `plimsoll fleet --model REF --server NAME --concurrency 100 --effective-context 8192`; `plimsoll catalog servers` has the names of servers.',
  );
}

async function namedModel(context: Context, reference: string, catalog: Catalog): Promise<FleetModel> {
  const row = catalog.models.find(({ name }) => name === reference);
  if (row !== undefined) return fleetModelOfRow(row);
  const model = await context.call('model.read', { reference });
  const described = fleetModelOf(reference, model);
  if (described !== null) return described;
  throw new ExpectedError(
    'usage',
    `What ${reference} keeps between tokens is not known.`,
    'Describe its attention in a catalog of your own: `plimsoll catalog attention --json` shows the fields.',
  );
}

function namedServer(name: string, { servers }: Catalog): ServerSpec {
  const found = findNamed(name, servers, (server) => [server.name, server.title ?? server.name]);
  return chosen('server', name, found, 'servers');
}

function byName({ name }: { readonly name: string }): readonly [string] {
  return [name];
}

/** Other servers and the table, where they were asked for. */
function besideOf(
  question: FleetQuestion,
  given: FleetOptions,
  catalog: Catalog,
  layout: Layout,
): { readonly lines: readonly string[]; readonly json: Readonly<Record<string, unknown>> } {
  const others = (given.compare ?? []).map((name) => namedServer(name, catalog));
  const compared = others.length === 0 ? [] : compareServers(question, [question.server, ...others]);
  const steps = tableSteps(question);
  const table = given.table === true ? nodeTable(question, steps.concurrencies, steps.contexts) : null;
  return {
    lines: [
      ...(compared.length === 0
        ? []
        : ['', 'SERVERS SIDE BY SIDE', '', ...comparisonLines(compared, layout)]),
      ...(table === null ? [] : ['', 'RECOMMENDED NODES', '', ...nodeTableLines(table, layout)]),
    ],
    json: {
      ...(compared.length === 0
        ? {}
        : {
            comparison: compared.map(({ server, fleet: sized, failure }) => ({
              server: server.name,
              failure,
              recommended: sized?.scenarios.recommended.results ?? null,
            })),
          }),
      ...(table === null ? {} : { table }),
    },
  };
}

async function writeFiles(given: FleetOptions, sized: Fleet, json: unknown): Promise<void> {
  if (given.outputJsonFile !== undefined) {
    await saveReport(given.outputJsonFile, `${JSON.stringify(json, null, 2)}\n`);
  }
  if (given.outputMarkdownFile !== undefined) {
    await saveReport(given.outputMarkdownFile, markdownOf(given, sized));
  }
  if (given.outputHtmlFile !== undefined) await saveReport(given.outputHtmlFile, executiveHtml(sized));
}

/** The report for those who decide, or that one with the whole report below it. */
function markdownOf(given: FleetOptions, sized: Fleet): string {
  const report = executiveMarkdown(sized);
  if (given.executiveReport === true) return report;
  return `${report}\n## The whole report\n\n~~~text\n${fleetText(sized, { width: FILE_WIDTH }).join('\n')}\n~~~\n`;
}

function expectingFleetErrors<T>(run: () => T): T {
  try {
    return run();
  } catch (error) {
    if (!(error instanceof FleetError)) throw error;
    throw new ExpectedError('usage', error.message, error.remedy);
  }
}

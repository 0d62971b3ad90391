import { execFileSync, spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { catalogModel } from '../../src/core/catalog/models';
import { MIB } from '../../src/core/units';
import { programOnPath } from '../support/programs';
import { smallestOfEach } from '../support/smallest-models';
import { writeSparseGguf } from '../support/sparse-gguf';

const dryRun = programOnPath('llama-fit-params');
const quantize = programOnPath('llama-quantize');
const folder = mkdtempSync(join(tmpdir(), 'plimsoll-catalog-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** One model of each architecture, the smallest. */
const names = smallestOfEach();

function fileOf(name: string, quant: string): string {
  const path = join(folder, 'model.gguf');
  writeSparseGguf(path, catalogModel(name, quant)!);
  return path;
}

describe.skipIf(dryRun === null)('a model of the catalog (needs llama-fit-params on PATH)', () => {
  it.each(names)('%s has exactly the tensors that llama.cpp asks of its architecture', (name) => {
    const argumentsOfRun = ['-m', fileOf(name, 'Q4_K_M'), '-fitp', 'on', '--no-repack', '-c', '512'];
    // it refuses tensors that are missing, of other dimensions, or too many
    const printed = execFileSync(dryRun!, argumentsOfRun, {
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'ignore'],
    });
    expect(printed).toMatch(/^Host \d+ \d+ \d+/m);
  });
});

describe.skipIf(quantize === null)('its size (needs llama-quantize on PATH)', () => {
  it.each(names)('%s is what llama-quantize says, in a quantisation of each kind of rule', (name) => {
    const source = fileOf(name, 'F16');
    for (const quant of ['Q4_K_M', 'IQ2_M', 'IQ3_XS', 'Q3_K_L', 'MXFP4_MOE']) {
      const { stdout, stderr } = spawnSync(quantize!, ['--dry-run', source, quant], { encoding: 'utf8' });
      const reported = /quant size\s*=\s*([\d.]+) MiB/.exec(`${stdout}${stderr}`)?.[1];
      const derived = catalogModel(name, quant)!.tensors.reduce((sum, { bytes }) => sum + bytes, 0) / MIB;
      expect(Math.abs(derived - Number(reported)), quant).toBeLessThan(0.0051);
    }
  });
});

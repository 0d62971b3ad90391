import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import {
  CatalogError,
  joinCatalogs,
  parseCatalog,
  withOwnRows,
} from '../../../src/core/catalog/user-catalog';

const fixture = (name: string): string =>
  readFileSync(join(import.meta.dirname, '../../fixtures/fleet-sizing', name), 'utf8');

function faultsOf(text: string): readonly string[] {
  try {
    parseCatalog(text);
  } catch (error) {
    if (error instanceof CatalogError) return error.faults;
    throw error;
  }
  return [];
}

const card = (fields: string): string => `gpus:\n  - {id: mine, ${fields}}`;

describe('rows of the user’s own', () => {
  it('are read in YAML, with the user as their source', () => {
    const { gpus } = parseCatalog(
      card('memory_gib: 48, bandwidth_gbps: 900, price: {amount: 5000, currency: EUR}'),
    );
    expect(gpus[0]).toMatchObject({
      id: 'mine',
      name: 'mine',
      memory_gib: 48,
      price: { amount: 5000, currency: 'EUR' },
      source: { basis: 'user' },
    });
  });

  it('are read in JSON, several kinds in one file', () => {
    const { servers, storage } = parseCatalog(
      JSON.stringify({
        servers: [{ name: 'box', gpus: 4, hbm_per_gpu_gb: 48, total_hbm_gb: 192 }],
        storage: [{ name: 'disk', type: 'nvme' }],
      }),
    );
    expect(servers[0]).toMatchObject({ name: 'box', price: null, gpu: null });
    expect(storage[0]).toMatchObject({ name: 'disk', throughput_read_gbps: null });
  });

  it('may be the files of the sizing that came before, as they are', () => {
    expect(parseCatalog(fixture('models.json')).models.map(({ name }) => name)).toEqual([
      'opt-oss-120b',
      'opt-oss-20b',
    ]);
    expect(parseCatalog(fixture('servers.json')).servers.map((row) => row.total_hbm_gb)).toEqual([
      2304, 1128,
    ]);
    expect(parseCatalog(fixture('storage.json')).storage).toHaveLength(3);
  });

  it('stand in the place of built-in rows of the same name', () => {
    const rows = withOwnRows(
      [
        { name: 'a', of: 'us' },
        { name: 'b', of: 'us' },
      ],
      [
        { name: 'c', of: 'me' },
        { name: 'a', of: 'me' },
      ],
      ({ name }) => name,
    );
    expect(rows.map(({ name, of }) => `${name} ${of}`)).toEqual(['a me', 'b us', 'c me']);
  });
});

describe('what is wrong with a catalog is said in sentences', () => {
  it('a card without memory', () => {
    expect(faultsOf(card('bandwidth_gbps: 900'))).toEqual([
      'gpus[0] (mine): memory_gib must be the memory of the card in GiB, above zero.',
    ]);
    expect(faultsOf(card('memory_gib: 0'))[0]).toContain('memory_gib');
  });

  it('a price without currency', () => {
    expect(faultsOf(card('memory_gib: 8, price: 300'))[0]).toContain('currency of three letters');
    expect(faultsOf(card('memory_gib: 8, price: {amount: 300}'))[0]).toContain('currency of three letters');
    expect(faultsOf(card('memory_gib: 8, price: {amount: -1, currency: EUR}'))).toHaveLength(1);
  });

  it('rows that are there more than once, in one file or in two', () => {
    const one = card('memory_gib: 8');
    expect(faultsOf(`${one}\n  - {id: mine, memory_gib: 9}`)).toEqual([
      'gpus: mine is there more than once.',
    ]);
    expect(() => joinCatalogs([parseCatalog(one), parseCatalog(one)])).toThrow(
      'mine is there more than once',
    );
  });

  it('rows that contradict themselves', () => {
    expect(faultsOf('servers: [{name: box, gpus: 8, hbm_per_gpu_gb: 80, total_hbm_gb: 320}]')[0]).toContain(
      '8 cards of 80 GB are 640',
    );
    const model =
      'name: m, num_layers: 4, num_key_value_heads: 1, head_dim: 64, max_position_embeddings: 1024';
    expect(faultsOf(`models: [{${model}, attention_pattern: sliding}]`)[0]).toContain(
      'sliding_window is missing',
    );
    expect(
      faultsOf(
        `models: [{${model}, attention_pattern: hybrid, sliding_window: 8, hybrid_full_layers: 1, hybrid_sliding_layers: 1}]`,
      )[0],
    ).toContain('add up to 4 layers');
  });

  it('every fault of every row, with its place', () => {
    expect(
      faultsOf('gpus: [{id: a}, 7, {id: B!, memory_gib: 1}]').map((fault) => fault.split(':')[0]),
    ).toEqual(['gpus[0] (a)', 'gpus[1]', 'gpus[2] (B!)']);
  });

  it.each([
    ['nothing', '', 'is a record'],
    ['a list', '[]', 'is a record'],
    ['other keys', 'cars: []', 'none of the lists'],
    ['no list', 'gpus: 7', 'gpus is not a list'],
    ['a repeated key', 'gpus: []\ngpus: []', 'neither JSON nor YAML'],
    ['half a file', '{"gpus": [', 'neither JSON nor YAML'],
    ['too much text', `gpus: [] #${'x'.repeat(300_000)}`, 'longer than'],
    ['many levels', `gpus: ${'['.repeat(50_000)}`, 'nested deeper'],
    ['many levels of blocks', `gpus:\n${'- '.repeat(20_000)}`, 'nested deeper'],
    [
      'an alias bomb',
      `a: &a [x,x,x,x,x,x,x,x]\nb: &b [*a,*a,*a,*a,*a,*a,*a,*a]\nc: &c [*b,*b,*b,*b,*b,*b,*b,*b]\ngpus: [*c,*c,*c,*c,*c,*c,*c,*c]`,
      'aliases',
    ],
    ['an alias in itself', 'gpus: &a [*a]', 'gpus[0]'],
    ['too many rows', `gpus: [${'1,'.repeat(3000)}]`, 'more than 2000 rows'],
  ])('%s', (_, text, sentence) => {
    expect(faultsOf(text).join(' ')).toContain(sentence);
  });
});

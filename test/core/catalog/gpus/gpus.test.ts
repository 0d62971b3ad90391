import { describe, expect, it } from 'vitest';
import { catalogGpus, gpuNamed } from '../../../../src/core/catalog/gpus/gpus';
import { computeTypes, gpuSpecSchema, sourceOfFigure } from '../../../../src/core/catalog/gpus/schema';
import { catalogServers } from '../../../../src/core/catalog/servers/servers';
import { catalogStorage } from '../../../../src/core/catalog/storage/storage';
import { serverSpecSchema } from '../../../../src/core/catalog/servers/schema';
import { storageSpecSchema } from '../../../../src/core/catalog/storage/schema';

const cards = catalogGpus();

describe('the catalog of cards', () => {
  it('has sixty and more, of every class', () => {
    expect(cards.length).toBeGreaterThanOrEqual(60);
    for (const kind of ['consumer', 'workstation', 'data-centre', 'apple']) {
      expect(cards.filter((card) => card.class === kind).length).toBeGreaterThanOrEqual(10);
    }
  });

  it('has no id twice, and every row is what the schema says', () => {
    expect(new Set(cards.map(({ id }) => id)).size).toBe(cards.length);
    for (const card of cards) expect(gpuSpecSchema.parse(card)).toEqual(card);
  });

  it('has a bandwidth for every card, and a source with a day for every figure that was found', () => {
    for (const card of cards) {
      expect(card.bandwidth_gbps).not.toBeNull();
      for (const field of [
        'memory_gib',
        'bandwidth_gbps',
        'pcie',
        ...computeTypes.map((type) => `compute.${type}`),
      ]) {
        const source = sourceOfFigure(card, field);
        if (source.basis === 'published') {
          expect(source.url).toMatch(/^https:\/\//u);
          expect(source.read_at).toMatch(/^\d{4}-\d{2}-\d{2}$/u);
        } else {
          expect(source).toEqual({ url: null, read_at: null, basis: 'recalled, unverified' });
        }
      }
    }
  });

  it('counts dense operations: fp8 is at most twice fp16', () => {
    for (const { compute } of cards) {
      if (compute.fp8 !== null && compute.fp16 !== null) expect(compute.fp8 / compute.fp16).toBeLessThan(2.1);
    }
  });

  it('finds a card by id or name in any case', () => {
    expect(gpuNamed('RTX-4090')?.memory_gib).toBe(24);
    expect(gpuNamed(' geforce rtx 4090 ')?.bandwidth_gbps).toBe(1008);
    expect(gpuNamed('voodoo')).toBeNull();
  });
});

describe('the catalog of servers and storage', () => {
  it('has fifteen servers and more, from DGX A100 to GB200 NVL72 and Instinct platforms', () => {
    const servers = catalogServers();
    expect(servers.length).toBeGreaterThanOrEqual(15);
    for (const name of [
      'dgx-a100-640gb',
      'dgx-b300',
      'gb200-nvl72',
      'mi300x-platform',
      'mi325x-platform',
      'mi355x-platform',
      'l40s-8',
      'dgx300',
    ]) {
      expect(servers.map((server) => server.name)).toContain(name);
    }
  });

  it('names only cards that are in the catalog, with their memory', () => {
    for (const server of catalogServers()) {
      expect(serverSpecSchema.parse(server)).toEqual(server);
      expect(gpuNamed(server.gpu ?? '')?.memory_gib).toBe(server.hbm_per_gpu_gb);
      expect(server.total_hbm_gb).toBe(server.gpus * server.hbm_per_gpu_gb);
    }
  });

  it('says of a figure that its page does not have that it is recalled', () => {
    const server = catalogServers().find(({ name }) => name === 'dgx-h100')!;
    expect(server.source.basis).toBe('published');
    expect(server.sources['nvlink_bandwidth_tbps']?.basis).toBe('recalled, unverified');
    expect(sourceOfFigure(gpuNamed('l4')!, 'released').basis).toBe('recalled, unverified');
    expect(sourceOfFigure(gpuNamed('l4')!, 'memory_gib').basis).toBe('published');
  });

  it('has the storage profile that examples name', () => {
    for (const profile of catalogStorage()) expect(storageSpecSchema.parse(profile)).toEqual(profile);
    expect(catalogStorage()[0]).toMatchObject({ name: 'profile_default', throughput_read_gbps: 28 });
  });
});

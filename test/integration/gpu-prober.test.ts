import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { measureMachine } from '../../src/agent/measure-machine';
import { known } from '../../src/core/figure';
import { codes, FAST, L40S, openGpuBench, type Asking } from '../support/gpu-bench';
import { whyNoStubs } from '../support/native-stubs';
import { unexplained } from '../support/probe-context';

const whyNot = whyNoStubs();
if (whyNot !== null) console.warn(`the GPU prober is not tested: ${whyNot}`);

const MIB = 2 ** 20;
/** Small buffers that are copied for real. */
const REAL = { STUB_MAX_ALLOC_MIB: '64' };

describe.skipIf(whyNot !== null)('the GPU prober on stand-ins for NVML and CUDA', () => {
  let bench: Awaited<ReturnType<typeof openGpuBench>>;
  const probe = (asking: Asking = {}) => bench.probe(asking);
  beforeAll(async () => {
    bench = await openGpuBench();
  });
  afterEach(() => bench.reset());
  afterAll(() => bench?.remove());

  it('reads exact figures, measures every transfer, and frees all it took', async () => {
    const { cards, memory, oversubscription, findings, gpus } = await probe({ env: REAL });
    const gpu = cards[0]!;
    expect(cards).toHaveLength(1);
    const { index, ...figures } = gpu;
    expect(index).toBe(0);
    expect(unexplained({ ...figures, ...memory, oversubscription })).toEqual([]);
    const values = Object.fromEntries(Object.entries(figures).map(([field, { value }]) => [field, value]));
    expect(values).toMatchObject({
      name: 'NVIDIA Stub, Test Edition',
      uuid: 'GPU-01010101-0000-0000-0000-000000000000',
      pci_bus_id: '0000:01:00.0',
      memory_kind: 'dedicated',
      vram_total_mib: 24564,
      vram_free_mib: (24564 * MIB - 450 * MIB - 111 * MIB - 4096) / MIB,
      vram_reserved_mib: 450,
      vram_source: 'nvml-v2',
      driver_version: '590.48.01',
      cuda_version: '13.1',
      compute_capability: '8.9',
      mig: false,
      pcie_gen: 4,
      pcie_gen_max: 4,
      pcie_width: 16,
      pcie_width_max: 16,
      pcie_sampled_under_load: true,
      context_overhead_mib: 306,
    });
    for (const figure of [gpu.pcie_h2d_gbps, gpu.pcie_d2h_gbps]) {
      expect(figure.value).toBeGreaterThan(0.1);
      expect(figure.value).toBeLessThan(1000);
      expect(figure.provenance.samples).toMatchObject({ n: 3, median: figure.value });
      expect(figure.provenance.conditions).toMatchObject({ buffer_mib: 64, copies: 16, warm_ups: 4 });
    }
    const { value, provenance } = gpu.vram_bw_gbps;
    expect(provenance.conditions).toMatchObject({ estimate: expect.stringContaining('twice') });
    expect(value! / Number(provenance.conditions!['copy_gbps'])).toBeCloseTo(2, 2);
    expect(oversubscription.value).toBe(true);
    expect(memory.pinnable_ceiling_gib.value).toBe(1);
    expect(memory.pinnable_capped.value).toBe(true);
    expect(gpus.provenance.method).toBe('NVML, CUDA');
    expect(findings).toEqual([]);
    expect(bench.ledger()).toEqual({ live: 0, pinned: 0, contexts: 0 });
  });

  it('tells two cards apart though CUDA counts them the other way round', async () => {
    const { cards } = await probe({ env: { ...FAST, STUB_CARDS: '2', STUB_REVERSED: '1' } });
    expect(cards.map(({ index, pci_bus_id: place }) => [index, place.value])).toEqual([
      [0, '0000:01:00.0'],
      [1, '0000:02:00.0'],
    ]);
    // Looking at the other card's memory would see nothing taken.
    expect(cards.map((card) => card.context_overhead_mib.value)).toEqual([306, 306]);
  });

  it('says which card CUDA was not shown', async () => {
    const env = { ...FAST, STUB_CARDS: '2', STUB_REVERSED: '1', STUB_VISIBLE: '1' };
    const { cards } = await probe({ env });
    expect(cards[0]!.pcie_h2d_gbps.provenance.reason).toMatch(/^not-visible: .*CUDA_VISIBLE_DEVICES/);
    expect(cards[1]!.pcie_h2d_gbps.value).toBeGreaterThan(0);
  });

  it.each([
    [3, 'not-supported'],
    [4, 'permission'],
    [9, 'no-driver'],
    [10, 'timeout'],
    [13, 'not-supported'],
    [15, 'gpu-lost'],
    [17, 'blocked'],
    [25, 'error'],
    [999, 'error'],
  ])('takes NVML’s status %i for a figure as a reason', async (code, reason) => {
    const calls = ['CurrPcieLinkGeneration', 'PciInfo_v3', 'UUID', 'MigMode', 'CudaComputeCapability'];
    const env = { STUB_FAIL: calls.map((call) => `nvmlDeviceGet${call}=${code}`).join(',') };
    const { cards } = await probe({ env, quick: true });
    const gpu = cards[0]!;
    for (const figure of [gpu.pcie_gen, gpu.pci_bus_id, gpu.uuid, gpu.mig, gpu.compute_capability]) {
      expect(figure.value).toBeNull();
      expect(figure.provenance.reason).toMatch(new RegExp(`^${reason}: nvmlDeviceGet\\w+: `));
    }
    expect(gpu.pcie_sampled_under_load.value).toBeNull();
    expect(gpu.vram_total_mib.value).toBe(24564);
  });

  it.each([
    ['refuses the second struct', { STUB_FAIL: 'nvmlDeviceGetMemoryInfo_v2=25' }],
    ['lies in the second struct', { STUB_LIE: '1' }],
  ])('takes the first memory struct where the driver %s', async (_title, env) => {
    const gpu = (await probe({ env, quick: true })).cards[0]!;
    expect(gpu.vram_source.value).toBe('nvml-v1');
    expect(gpu.vram_total_mib.value).toBe(24564);
    expect(gpu.vram_free_mib.value).toBeCloseTo(24002.996, 3);
    expect(gpu.vram_reserved_mib.provenance.reason).toMatch(/^not-supported: /);
  });

  it('has no memory figure where neither struct can be had', async () => {
    const env = { STUB_FAIL: 'nvmlDeviceGetMemoryInfo_v2=4,nvmlDeviceGetMemoryInfo=4' };
    const { cards, findings } = await probe({ env, quick: true });
    expect(cards[0]!.vram_total_mib.provenance.reason).toMatch(/^permission: .*Insufficient Permissions/);
    expect(cards[0]!.vram_source.value).toBeNull();
    expect(codes(findings)).toContain('gpu-silent');
  });

  it('creates no context for a quick look', async () => {
    const env = { STUB_HANG: 'cuInit' };
    const { cards, memory, oversubscription } = await probe({ env, quick: true });
    expect(cards[0]!.vram_free_mib.value).toBeGreaterThan(0);
    expect(cards[0]!.pcie_sampled_under_load.value).toBe(false);
    const missed = [cards[0]!.pcie_h2d_gbps, cards[0]!.context_overhead_mib, memory.pinnable_ceiling_gib];
    for (const { provenance } of missed) expect(provenance.reason).toMatch(/^not-measured: a quick look/);
    expect(oversubscription.value).toBeNull();
  });

  it('gives the memory of the slice that a program gets of a divided card', async () => {
    const { cards, findings } = await probe({ env: { ...FAST, STUB_MIG: '1' } });
    const gpu = cards[0]!;
    expect(gpu.mig.value).toBe(true);
    expect(gpu.vram_total_mib.value).toBe(9856);
    expect(gpu.vram_free_mib.provenance.conditions).toMatchObject({
      mig_slice: 'NVIDIA Stub, Test Edition MIG 1g.10gb',
    });
    expect(gpu.context_overhead_mib.value).toBe(306);
    expect(findings[0]).toMatchObject({
      code: 'mig-enabled',
      message: expect.stringContaining('into 1g.10gb: a program sees one slice, whose memory is given here'),
    });
  });

  it('knows only the whole of a divided card before CUDA is asked', async () => {
    const { cards } = await probe({ env: { STUB_MIG: '1' }, quick: true });
    expect(cards[0]!.vram_total_mib.value).toBe(24564);
    expect(cards[0]!.vram_free_mib.provenance.reason).toMatch(/^mig: /);
  });

  it('believes CUDA that a device shares the machine’s memory', async () => {
    const gpu = (await probe({ env: { ...FAST, STUB_INTEGRATED: '1' } })).cards[0]!;
    expect(gpu.memory_kind.value).toBe('unified');
    for (const field of ['vram_total_mib', 'vram_free_mib', 'pcie_gen', 'pcie_h2d_gbps'] as const) {
      expect(gpu[field].provenance.reason).toMatch(/^unified-memory: /);
    }
    expect(gpu.vram_bw_gbps.value).toBeGreaterThan(0);
  });

  it('says that CUDA cannot oversubscribe where a device cannot be accessed concurrently', async () => {
    const { oversubscription } = await probe({ env: { ...FAST, STUB_CONCURRENT: '0' } });
    expect(oversubscription).toMatchObject({ value: false });
  });

  it('does not call a link seen under load when the copies had ended', async () => {
    const gpu = (await probe({ env: { ...FAST, STUB_FINISHED: '1' } })).cards[0]!;
    expect(gpu.pcie_sampled_under_load.value).toBe(false);
    expect(gpu.pcie_gen.value).toBe(1);
  });

  it('finds where pinning is refused', async () => {
    const { memory } = await probe({ env: { ...FAST, STUB_PIN_BLOCKS: '3' } });
    expect(memory.pinnable_ceiling_gib.value).toBe(0.75);
    expect(memory.pinnable_capped.value).toBe(false);
    expect(memory.pinnable_ceiling_gib.provenance.conditions).toMatchObject({
      stopped_by: 'refused',
      refusal: expect.stringContaining('CUDA_ERROR_OUT_OF_MEMORY'),
    });
  });

  it('pins nothing where a quarter of the memory is less than one block', async () => {
    const { memory, cards } = await probe({ availableGib: 0.5 });
    expect(memory.pinnable_ceiling_gib.provenance.reason).toMatch(/^too-little-memory: /);
    expect(cards[0]!.pcie_h2d_gbps.provenance.conditions).toMatchObject({ buffer_mib: 64 });
  });

  it.each([
    ['128', '23000', 128],
    ['1024', '1100', 256],
  ])('takes smaller buffers: at most %s MiB of one, %s MiB free', async (largest, free, buffer) => {
    const env = { STUB_COPY_KIB: '4', STUB_MAX_ALLOC_MIB: largest, STUB_FREE_MIB: free };
    const gpu = (await probe({ env, availableGib: 8 })).cards[0]!;
    expect(gpu.pcie_h2d_gbps.provenance.conditions).toMatchObject({ buffer_mib: buffer });
  });

  it('says that there was no room for buffers', async () => {
    const { cards } = await probe({ env: { STUB_MAX_ALLOC_MIB: '32' } });
    expect(cards[0]!.pcie_h2d_gbps.provenance.reason).toMatch(/^out-of-memory: cuMemAlloc_v2: /);
    expect(cards[0]!.context_overhead_mib.value).toBe(306);
    expect(bench.ledger()).toEqual({ live: 0, pinned: 0, contexts: 0 });
  });

  it.each([
    'cuStreamCreate',
    'cuEventCreate',
    'cuMemHostAlloc',
    'cuMemcpyDtoHAsync_v2',
    'cuEventElapsedTime',
  ])('frees everything after %s failed', async (call) => {
    const { cards } = await probe({ env: { ...FAST, STUB_FAIL: `${call}=700` } });
    expect(cards[0]!.pcie_d2h_gbps.provenance.reason).toMatch(/^error: cu\w+: CUDA_ERROR_ILLEGAL_ADDRESS/);
    expect(bench.ledger()).toEqual({ live: 0, pinned: 0, contexts: 0 });
  });

  it.each([
    ['cuInit=100', 'no-device: cuInit: CUDA_ERROR_NO_DEVICE'],
    ['cuDeviceGetCount=999', 'error: cuDeviceGetCount: CUDA_ERROR_UNKNOWN'],
  ])('keeps NVML’s figures where CUDA fails: %s', async (failure, reason) => {
    const { cards, findings, memory } = await probe({ env: { ...FAST, STUB_FAIL: failure } });
    expect(cards[0]!.vram_total_mib.value).toBe(24564);
    expect(cards[0]!.pcie_h2d_gbps.provenance.reason).toBe(reason);
    expect(memory.pinnable_ceiling_gib.provenance.reason).toBe(reason);
    expect(codes(findings)).toEqual(['cuda-unusable']);
  });

  it('says why no context could be made', async () => {
    const { cards } = await probe({ env: { STUB_FAIL: 'cuDevicePrimaryCtxRetain=2' } });
    expect(cards[0]!.context_overhead_mib.provenance.reason).toBe(
      'out-of-memory: cuDevicePrimaryCtxRetain: CUDA_ERROR_OUT_OF_MEMORY',
    );
    expect(cards[0]!.vram_bw_gbps.provenance.reason).toMatch(/^out-of-memory: /);
  });

  it('shows the cards of CUDA alone where NVML is not to be had', async () => {
    const { cards } = await probe({ libraries: 'cuda' });
    const gpu = cards[0]!;
    expect(gpu.vram_source.value).toBe('cuda');
    expect(gpu.vram_total_mib.value).toBe(24000);
    expect(gpu.pcie_h2d_gbps.value).toBeGreaterThan(0);
    expect(gpu.context_overhead_mib.value).toBeNull();
    expect(unexplained({ ...gpu, index: known(0, { method: 'x', at: 'x' }) })).toEqual([]);
  });

  it('shows the cards of NVML alone where CUDA is not to be had', async () => {
    const { cards, findings } = await probe({ libraries: 'nvml' });
    expect(cards[0]!.vram_total_mib.value).toBe(24564);
    expect(cards[0]!.pcie_h2d_gbps.provenance.reason).toMatch(/^no-driver-library: /);
    expect(codes(findings)).toEqual(['cuda-unusable']);
  });

  it('shows the healthy card where one is lost', async () => {
    const { cards, findings } = await probe({ env: { STUB_CARDS: '2', STUB_LOST: '1' }, quick: true });
    expect(cards).toHaveLength(1);
    expect(findings).toContainEqual(
      expect.objectContaining({ code: 'gpu-lost', message: expect.stringContaining('GPU is lost') }),
    );
  });

  describe('beside nvidia-smi', () => {
    const same = { uuid: 'GPU-01010101-0000-0000-0000-000000000000', 'pci.bus_id': '00000000:01:00.0' };
    const agreeing = {
      name: 'NVIDIA Stub, Test Edition',
      'memory.total': '24565',
      driver_version: '590.48.01',
      kmd_version: '590.48.01',
    };

    it('agrees within rounding', async () => {
      const smi = { cards: [L40S], overrides: [{ ...same, ...agreeing }] };
      const { cards, findings, gpus } = await probe({ quick: true, smi });
      expect(cards).toHaveLength(1);
      expect(cards[0]!.vram_total_mib.value).toBe(24564);
      expect(gpus.provenance.method).toBe('NVML, nvidia-smi');
      expect(findings).toEqual([]);
    });

    it('tells where the two disagree', async () => {
      const overrides = [{ ...same, ...agreeing, 'memory.total': '24576', 'pcie.link.gen.max': '5' }];
      const { findings } = await probe({ quick: true, smi: { cards: [L40S], overrides } });
      expect(findings.map(({ code, path }) => [code, path])).toEqual([
        ['gpu-sources-disagree', '/hardware/gpus/0/vram_total_mib'],
        ['gpu-sources-disagree', '/hardware/gpus/0/pcie_gen_max'],
      ]);
    });

    it('keeps the card that only nvidia-smi shows, and fills in what NVML does not tell', async () => {
      const elsewhere = {
        uuid: 'GPU-99999999-0000-0000-0000-000000000000',
        'pci.bus_id': '00000000:00:09.0',
      };
      const smi = { cards: [L40S, L40S], overrides: [{ ...same, ...agreeing }, elsewhere] };
      const env = { STUB_FAIL: 'nvmlDeviceGetMemoryInfo_v2=3,nvmlDeviceGetMemoryInfo=3' };
      const { cards } = await probe({ env, quick: true, smi });
      expect(cards.map(({ name }) => name.value)).toEqual(['NVIDIA L40S', 'NVIDIA Stub, Test Edition']);
      expect(cards[1]!.vram_source.value).toBe('nvidia-smi');
      expect(cards[1]!.vram_total_mib.value).toBe(24565);
      expect(cards[1]!.vram_free_mib.provenance.method).toBe('nvidia-smi');
    });

    it.each([
      ['NVML cannot start', { STUB_FAIL: 'nvmlInit_v2=18' }, 'both', true],
      ['there is no library', {}, 'none', true],
      ['there is no koffi', {}, 'both', false],
    ] as const)('is what is left where %s', async (_title, env, libraries, koffi) => {
      const { cards } = await probe({ env, libraries, koffi, smi: { cards: [L40S] }, quick: true });
      expect(cards[0]!.vram_source.value).toBe('nvidia-smi');
      expect(cards[0]!.name.value).toBe('NVIDIA L40S');
    });

    it('says that koffi is missing', async () => {
      const { cards, findings } = await probe({ koffi: false, smi: { cards: [L40S] } });
      expect(cards[0]!.pcie_h2d_gbps.provenance.reason).toMatch(/^no-koffi: .*Cannot find module 'koffi'/);
      expect(codes(findings)).toEqual(['koffi-missing']);
    });
  });

  it('puts what CUDA told into the profile: cards, pinning and oversubscription', async () => {
    bench.lend(FAST);
    const input = { quick: false, directories: [], disk_file_gib: 1, out: null };
    const task = { signal: new AbortController().signal, progress: () => {} };
    const { profile } = await measureMachine(input, task, {
      generator: 'plimsoll 0.1.0',
      memoryWorker: join(bench.folder, 'no-such-worker.cjs'),
      gpuProber: bench.prober,
      dataDirectory: bench.folder,
      now: () => new Date().toISOString(),
    });
    const { platform, memory, gpus } = profile.hardware;
    const card = gpus?.find(({ uuid }) => uuid === 'GPU-01010101-0000-0000-0000-000000000000');
    expect(card).toMatchObject({ vram_total_mib: 24564, context_overhead_mib: 306 });
    expect(memory.pinnable_ceiling_gib).toBeGreaterThanOrEqual(0.25);
    expect(memory.pinnable_method).toBe('cuMemHostAlloc');
    expect(platform.uvm_oversubscription).toBe(platform.wsl2 !== true);
    expect(profile.provenance['/hardware/memory/pinnable_ceiling_gib']!.conditions).toMatchObject({
      block_mib: 256,
    });
  });
});

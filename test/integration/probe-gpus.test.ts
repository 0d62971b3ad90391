import {
  accessSync,
  constants,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmdirSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, dirname, join } from 'node:path';
import { afterAll, afterEach, beforeEach, describe, expect, it } from 'vitest';
import { signsOfNvidia, unmeasuredGpus } from '../../src/core/reading/nvidia-smi-evidence';
import { gatherGpuEvidence } from '../../src/host/probe/gpus-evidence';
import { probeGpus } from '../../src/host/probe/gpus';

const fixtures = join(__dirname, '../fixtures/nvidia-smi');
const folder = mkdtempSync(join(tmpdir(), 'plimsoll-gpus-'));
const log = join(folder, 'calls.log');
const path = process.env['PATH'];
const captures = readdirSync(join(fixtures, 'csv'));
const errors = readdirSync(join(fixtures, 'errors'))
  .filter((name) => name.endsWith('.rc'))
  .map((name) => name.slice(0, -'.rc'.length));
const L40S = 'linux-x86_64__nvidia-l40s__595.80';
const RTX4080 = 'linux-x86_64__nvidia-geforce-rtx-4080-super__595.71.05';
const RTX2080 = 'linux-x86_64__nvidia-geforce-rtx-2080-super__595.71.05';

const context = (signal = new AbortController().signal) => ({
  now: () => '2026-11-21T09:00:00.000Z',
  signal,
  progress: () => {},
});

function pretend(fake: Readonly<Record<string, unknown>>): void {
  process.env['FAKE_NVIDIA_SMI'] = JSON.stringify({ ...fake, log });
}
/** A frozen process outlives SIGKILL, like one whose driver does not answer. Only the freezer of cgroup v1 does this. */
const freezer = `/sys/fs/cgroup/freezer/plimsoll-gpus-${process.pid}`;
function cannotFreeze(): boolean {
  try {
    accessSync('/sys/fs/cgroup/freezer/cgroup.procs', constants.W_OK);
    return process.getuid?.() !== 0;
  } catch {
    return true;
  }
}

const calls = () => readFileSync(log, 'utf8').trim().split('\n');
const queries = () => calls().filter((call) => call.includes('--query-gpu='));

afterAll(() => rmSync(folder, { recursive: true, force: true }));

describe.skipIf(process.platform === 'win32')('probeGpus', () => {
  beforeEach(() => {
    writeFileSync(log, '');
    process.env['PATH'] = [join(fixtures, 'fake'), dirname(process.execPath), '/usr/bin', '/bin'].join(
      delimiter,
    );
  });
  afterEach(() => {
    process.env['PATH'] = path;
    delete process.env['FAKE_NVIDIA_SMI'];
  });

  it.each(captures)('reads the machine of %s', async (capture) => {
    const machine = capture.replace(/__(idle|load)\.csv$/, '');
    pretend({ cards: [capture], capabilities: machine });
    const { reading } = await probeGpus(context());
    const gpu = reading.value![0]!;
    expect(gpu.vram_total_mib.value).toBeGreaterThan(8000);
    expect(gpu.pci_bus_id.value).toMatch(/^0000:[\da-f]{2}:00\.0$|^0000:00:09\.0$/);
    expect(gpu.cuda_version.value).toMatch(/^13\.[123]$/);
    expect(gpu.driver_version.value).toBe(machine.split('__')[2]);
    expect(gpu.vram_bw_gbps.provenance.reason).toMatch(/^not-measured: /);
    expect(gpu.pcie_sampled_under_load.value).toBe(false);
    expect(queries()).toHaveLength(1);
  });

  it('lists several cards in the order of the bus', async () => {
    pretend({
      cards: [`${RTX2080}__idle.csv`, `${RTX4080}__idle.csv`, `${L40S}__idle.csv`],
      overrides: [{}, {}, { 'pci.bus_id': '00000000:E1:00.0' }],
    });
    const { reading } = await probeGpus(context());
    expect(reading.value!.map(({ index, name }) => [index, name.value])).toEqual([
      [0, 'NVIDIA GeForce RTX 4080 SUPER'],
      [1, 'NVIDIA GeForce RTX 2080 SUPER'],
      [2, 'NVIDIA L40S'],
    ]);
  });

  it.each(errors)('says why it could not look, or what it found, for %s', async (error) => {
    pretend({ cards: [`${L40S}__idle.csv`], capabilities: L40S, error, errorOnlyInQuery: true });
    const { reading, findings } = await probeGpus(context());
    if (/no-devices|bad-index/.test(error)) {
      expect(reading.value).toEqual([]);
      return;
    }
    expect(reading.value).toBeNull();
    expect(reading.provenance.reason).toMatch(/^[a-z-]+: ./);
    expect(findings).toContainEqual(
      expect.objectContaining({ code: 'gpus-unknown', path: '/hardware/gpus', remedy: expect.any(String) }),
    );
  });

  it('asks nothing further where not even the help can be had without the driver', async () => {
    pretend({ error: 'real535-no-driver__help-query' });
    const { reading } = await probeGpus(context());
    expect(reading.provenance.reason).toMatch(/^no-driver: NVIDIA-SMI has failed/);
    expect(calls()).toEqual(['--help-query-gpu']);
  });

  it('drops the fields that nvidia-smi refuses, and says which are missing', async () => {
    const unknown = ['kmd_version', 'addressing_mode', 'pcie.link.gen.gpucurrent', 'memory.reserved'];
    pretend({ cards: [`${L40S}__idle.csv`], noHelp: true, unknown });
    const gpu = (await probeGpus(context())).reading.value![0]!;
    expect(queries()).toHaveLength(unknown.length + 1);
    expect(gpu.driver_version.value).toBe('595.80');
    expect(gpu.pcie_gen.value).toBe(4);
    expect(gpu.vram_reserved_mib.provenance.reason).toBe(
      'not-supported: this nvidia-smi does not know memory.reserved',
    );
  });

  it('gives up after eight refused fields', async () => {
    const unknown = Object.keys(JSON.parse('{"a":1}') as object).concat(
      'index',
      'uuid',
      'pci.bus_id',
      'kmd_version',
      'driver_version',
      'compute_cap',
      'memory.total',
      'memory.reserved',
      'memory.free',
      'addressing_mode',
    );
    pretend({ cards: [`${L40S}__idle.csv`], noHelp: true, unknown });
    const { reading } = await probeGpus(context());
    expect(reading.value).toBeNull();
    expect(queries()).toHaveLength(9);
  });

  it('shows the healthy cards where one is lost', async () => {
    pretend({
      cards: [`${RTX4080}__idle.csv`, `${RTX2080}__idle.csv`, `${L40S}__idle.csv`],
      overrides: [{}, {}, { 'pci.bus_id': '00000000:E1:00.0' }],
      lost: [1],
    });
    const { reading, findings } = await probeGpus(context());
    expect(reading.value!.map(({ name }) => name.value)).toEqual([
      'NVIDIA GeForce RTX 4080 SUPER',
      'NVIDIA L40S',
    ]);
    expect(findings).toContainEqual(
      expect.objectContaining({ code: 'gpu-lost', message: expect.stringContaining('GPU1') }),
    );
  });

  it('could not look where every card is lost', async () => {
    pretend({ cards: [`${L40S}__idle.csv`], lost: [0] });
    const { reading } = await probeGpus(context());
    expect(reading.provenance.reason).toMatch(/^gpu-lost: Unable to determine the device handle for GPU0/);
  });

  it('keeps a warning that was printed beside the cards', async () => {
    pretend({ cards: [`${L40S}__idle.csv`], before: 'WARNING: infoROM is corrupted\n', code: 14 });
    const { reading, findings } = await probeGpus(context());
    expect(reading.value).toHaveLength(1);
    expect(findings).toContainEqual(expect.objectContaining({ code: 'nvidia-smi-complains' }));
  });

  it('names the slices of a card that MIG divides', async () => {
    const machine = 'linux-x86_64__nvidia-h200-mig__590.48.01';
    pretend({ cards: [`${machine}__idle.csv`], capabilities: machine });
    const { findings } = await probeGpus(context());
    expect(findings[0]!.message).toContain('1c.3g.71gb');
  });

  it('takes the CUDA version from the XML report where the table has none', async () => {
    pretend({ cards: [`${L40S}__idle.csv`], xml: 'telegraf__3090-v13-head.xml' });
    const { reading } = await probeGpus(context());
    expect(reading.value![0]!.cuda_version.value).toMatch(/^\d+\.\d$/);
    expect(calls().at(-1)).toBe('-q -x');
  });

  it('says that nvidia-smi was ended by a signal', async () => {
    pretend({ dies: true });
    const { reading } = await probeGpus(context());
    expect(reading.provenance.reason).toMatch(/^error: /);
  });

  it(
    'does not wait for an nvidia-smi that hangs, and asks it nothing more',
    { timeout: 30_000 },
    async () => {
      pretend({ hangs: true });
      const { reading, findings } = await probeGpus(context());
      expect(reading.provenance.reason).toMatch(/^timeout: /);
      expect(findings[0]!.remedy).toContain('Xid');
      expect(calls()).toHaveLength(1);
    },
  );

  it.skipIf(cannotFreeze())(
    'starts no second one while one hangs for good (needs root and a freezer)',
    async () => {
      mkdirSync(freezer);
      try {
        pretend({ hangs: true, freezer });
        expect((await probeGpus(context())).reading.provenance.reason).toMatch(/^timeout: /);
        expect((await probeGpus(context())).reading.provenance.reason).toMatch(/^timeout: /);
        expect(calls()).toHaveLength(1);
      } finally {
        writeFileSync(join(freezer, 'freezer.state'), 'THAWED');
        await new Promise((resolve) => setTimeout(resolve, 300));
        rmdirSync(freezer);
      }
      pretend({ cards: [`${L40S}__idle.csv`] });
      expect((await probeGpus(context())).reading.value).toHaveLength(1);
    },
  );

  it('ends at once when cancelled', async () => {
    pretend({ hangs: true });
    const controller = new AbortController();
    const probing = probeGpus(context(controller.signal));
    setTimeout(() => controller.abort(), 300);
    await expect(probing).rejects.toMatchObject({ name: 'AbortError' });
    await expect(probeGpus(context(controller.signal))).rejects.toMatchObject({ name: 'AbortError' });
  });
});

describe('evidence of GPUs', () => {
  const root = join(folder, 'root');
  const put = (place: string, text: string) => {
    mkdirSync(dirname(join(root, place)), { recursive: true });
    writeFileSync(join(root, place), text);
  };
  beforeEach(() => rmSync(root, { recursive: true, force: true }));

  it('is none on a machine without GPU, and nvidiactl alone is none', async () => {
    put('sys/bus/pci/devices/0000:00:01.0/class', '0x020000\n');
    put('sys/bus/pci/devices/0000:00:01.0/vendor', '0x10de\n');
    put('dev/nvidiactl', '');
    const evidence = await gatherGpuEvidence(root);
    expect(signsOfNvidia(evidence)).toEqual([]);
    expect(evidence.displayVendors).toEqual([]);
  });

  it.skipIf(process.platform !== 'linux')('is a controller, a driver, a device file, or WSL', async () => {
    put('sys/bus/pci/devices/0000:01:00.0/class', '0x030200\n');
    put('sys/bus/pci/devices/0000:01:00.0/vendor', '0x10de\n');
    put('proc/driver/nvidia/version', 'NVRM version: NVIDIA UNIX x86_64 Kernel Module  535.261.03\n');
    put('dev/nvidia0', '');
    put('dev/dxg', '');
    expect(signsOfNvidia(await gatherGpuEvidence(root))).toHaveLength(4);
  });

  it('tells other makers from their vendor ids, once each', async () => {
    put('sys/bus/pci/devices/0000:03:00.0/class', '0x030000\n');
    put('sys/bus/pci/devices/0000:03:00.0/vendor', '0x1002\n');
    put('drm/0000:03:00.0/vendor', '0x1002\n');
    mkdirSync(join(root, 'sys/class/drm/card1'), { recursive: true });
    symlinkSync(join(root, 'drm/0000:03:00.0'), join(root, 'sys/class/drm/card1/device'));
    put('sys/class/drm/card0/device/vendor', '0x8086\n');
    put('sys/class/drm/card0-HDMI-A-1/device/vendor', '0x106b\n');
    const findings = unmeasuredGpus({ ...(await gatherGpuEvidence(root)), apple: false });
    expect(findings.map(({ code, message }) => [code, /by (\w+)/.exec(message)![1]])).toEqual([
      ['gpu-not-measured', 'AMD'],
      ['gpu-not-measured', 'Intel'],
    ]);
  });
});

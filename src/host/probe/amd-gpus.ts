import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { amdFindings, gpuOfAmdCard, kfdAddress, type AmdSysfsCard } from '../../core/reading/amd-sysfs';
import type { GpuGroup } from '../../core/reading/merge-gpus';
import { gpuOfAmdTool, parseAmdSmi, parseRocmSmi, type AmdToolCard } from '../../core/reading/rocm-smi';
import { runProgram } from '../exec';
import { findProgram } from '../find-program';
import type { ProbeContext } from './context';
import { displayDevices, hopsAbove, readLine, type DisplayDevice } from './pci-devices';
import { readSystemText } from './platform-files';

const AMD = '0x1002';
const TIMEOUT_MS = 10_000;
/** Nodes of ROCm's topology: processors and cards. */
const MAX_NODES = 256;

/** AMD's cards by what the kernel tells, else by AMD's own tools. Not run on hardware. Throws only AbortError. */
export async function probeAmdGpus(context: ProbeContext, sysfs = '/sys'): Promise<GpuGroup> {
  const devices = await displayDevices(sysfs, AMD);
  if (devices.length === 0) return { gpus: [], findings: [] };
  const nodes = await kfdNodes(sysfs);
  const cards = await Promise.all(devices.map((device) => readCard(device, nodes, sysfs)));
  context.signal.throwIfAborted();
  if (cards.every(({ vramTotal }) => vramTotal === null)) {
    const told = await askTools(context);
    if (told !== null) return told;
  }
  const at = context.now();
  return {
    gpus: cards.map((card) => gpuOfAmdCard(card, at)),
    findings: cards.flatMap((card, position) => amdFindings(card, `/hardware/gpus/${position}`)),
  };
}

async function readCard(
  device: DisplayDevice,
  nodes: ReadonlyMap<string, string>,
  sysfs: string,
): Promise<AmdSysfsCard> {
  const { address, folder } = device;
  const line = (name: string) => readLine(folder, name);
  return {
    address,
    productName: await line('product_name'),
    deviceId: await line('device'),
    uniqueId: await line('unique_id'),
    vramTotal: await line('mem_info_vram_total'),
    vramUsed: await line('mem_info_vram_used'),
    visibleTotal: await line('mem_info_vis_vram_total'),
    gttTotal: await line('mem_info_gtt_total'),
    driver: await readLine(join(sysfs, 'module/amdgpu'), 'version'),
    hops: await hopsAbove(device),
    kfdProperties: nodes.get(address) ?? null,
  };
}

/** Properties of the compute nodes, by the PCI address of their card. */
async function kfdNodes(sysfs: string): Promise<ReadonlyMap<string, string>> {
  const folder = join(sysfs, 'class/kfd/kfd/topology/nodes');
  const names = (await readdir(folder).catch(() => [])).slice(0, MAX_NODES);
  const nodes = new Map<string, string>();
  for (const name of names) {
    const properties = (await readSystemText(join(folder, name, 'properties'), 65_536)) ?? '';
    const address = kfdAddress(properties);
    if (address !== null) nodes.set(address, properties);
  }
  return nodes;
}

/** What the first of AMD's tools that answers says; null where none does. */
async function askTools(context: ProbeContext): Promise<GpuGroup | null> {
  const metric = ['metric', '--mem-usage', '--json'];
  const asked: readonly (readonly [string, () => Promise<readonly AmdToolCard[]>])[] = [
    [
      'amd-smi',
      async () =>
        parseAmdSmi(
          await outputOf('amd-smi', ['static', '--asic', '--bus', '--vram', '--json'], context),
          await outputOf('amd-smi', metric, context),
        ),
    ],
    [
      'rocm-smi',
      async () => {
        const args = ['--showproductname', '--showbus', '--showmeminfo', 'vram', '--json'];
        return parseRocmSmi(await outputOf('rocm-smi', args, context));
      },
    ],
  ];
  for (const [tool, ask] of asked) {
    const cards = await ask();
    if (cards.length === 0) continue;
    const at = context.now();
    return { gpus: cards.map((card) => gpuOfAmdTool(card, tool, at)), findings: [] };
  }
  return null;
}

async function outputOf(tool: string, args: readonly string[], context: ProbeContext): Promise<string> {
  const program = await findProgram(tool, ['/opt/rocm/bin', '/usr/bin']);
  if (program === null) return '';
  const result = await runProgram(program, args, { timeoutMs: TIMEOUT_MS, signal: context.signal });
  context.signal.throwIfAborted();
  return result.kind === 'exited' && result.code === 0 ? result.stdout : '';
}

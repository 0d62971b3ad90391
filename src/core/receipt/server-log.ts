import { MIB, type Bytes } from '../units';

export type LoggedComponent = 'model' | 'context' | 'compute' | 'output';

/** Bytes that llama.cpp took on one device, by component; a component that was not logged is absent. */
export interface LoggedDevice {
  /** As the plan calls it: `host`, `gpu0`, …; an RPC server is `rpc0`. */
  readonly device: string;
  readonly bytes: ReadonlyMap<LoggedComponent, Bytes>;
}

/** A line of the breakdown at exit, in whole MiB; null where the device's row has no such column. */
export interface BreakdownRow {
  readonly device: string;
  readonly modelMib: number;
  readonly contextMib: number;
  readonly computeMib: number;
  readonly unaccountedMib: number | null;
}

export interface ServerLog {
  readonly devices: readonly LoggedDevice[];
  readonly offloaded: { readonly layers: number; readonly of: number } | null;
  readonly breakdown: readonly BreakdownRow[];
  /** `system_info`'s own name of what runs it, e.g. `build 1 (de3ff81)`. */
  readonly build: string | null;
}

/** `load_tensors:   CPU_REPACK model buffer size =     0.06 MiB`: the level and the function before it vary by version. */
const BUFFER = /:\s+(\S+)\s+(?:(model|KV|RS|compute|output)\s+)buffer size\s*=\s*(\d+(?:\.\d+)?) MiB/;
const OFFLOADED = /offloaded (\d+)\/(\d+) layers to GPU/;
const BUILD = /\bbuild(?:_info)?[: ]+(?:b?(\d+)[ -]?\(?([0-9a-f]{6,40})?\)?)/;

/** Memory by device and component from llama-server's log at `-lv 4`. Never throws; what is not there is absent. */
export function parseServerLog(text: string): ServerLog {
  const buffers = new Map<string, Buffer>();
  let offloaded: ServerLog['offloaded'] = null;
  let build: string | null = null;
  for (const line of text.split('\n')) {
    if (line.length > MAX_LINE) continue;
    noteBuffer(buffers, line);
    const layers = OFFLOADED.exec(line);
    if (layers !== null) offloaded = { layers: Number(layers[1]), of: Number(layers[2]) };
    build ??= buildOf(line);
  }
  return {
    devices: devicesOf([...buffers.values()]),
    offloaded,
    breakdown: breakdownIn(text),
    build,
  };
}

/**
 * The same from llama-bench's log (`-v`): it makes a context for each test, and the one that takes the most counts. Each begins
 * with its output buffer.
 */
export function parseBenchLog(text: string): ServerLog {
  const [head = '', ...contexts] = text.split(/^(?=.*\boutput buffer size\s*=)/m);
  const logs = contexts.slice(0, MAX_CONTEXTS).map((own) => parseServerLog(`${head}\n${own}`));
  return logs.reduce(
    (most, log) => (sizeOf(log) > sizeOf(most) ? log : most),
    logs[0] ?? parseServerLog(head),
  );
}

/** Two tests at one depth make two; nobody asks for more than a few. */
const MAX_CONTEXTS = 64;

function sizeOf({ devices }: ServerLog): Bytes {
  return devices.reduce(
    (sum, { bytes }) => sum + [...bytes.values()].reduce((own, part) => own + part, 0),
    0,
  );
}

const MAX_LINE = 2000;

interface Buffer {
  readonly device: string;
  readonly component: LoggedComponent;
  readonly bytes: Bytes;
}

/**
 * Buffers of one kind add up (files of a split model, windowed and full caches), but compute buffers are reserved anew
 * when something changes, so of them the last of each buffer type counts.
 */
function noteBuffer(buffers: Map<string, Buffer>, line: string): void {
  const [, name, kind, mib] = BUFFER.exec(line) ?? [];
  if (name === undefined || kind === undefined) return;
  const component = componentOf(kind);
  const before = component === 'compute' ? 0 : (buffers.get(`${name} ${kind}`)?.bytes ?? 0);
  const bytes = before + Math.round(Number(mib) * MIB);
  buffers.set(`${name} ${kind}`, { device: deviceOfBuffer(name), component, bytes });
}

function devicesOf(buffers: readonly Buffer[]): readonly LoggedDevice[] {
  const devices = new Map<string, Map<LoggedComponent, Bytes>>();
  for (const { device, component, bytes } of buffers) {
    const parts = devices.get(device) ?? new Map<LoggedComponent, Bytes>();
    devices.set(device, parts.set(component, (parts.get(component) ?? 0) + bytes));
  }
  return [...devices].map(([device, bytes]) => ({ device, bytes }));
}

function componentOf(kind: string): LoggedComponent {
  switch (kind) {
    case 'model':
    case 'compute':
    case 'output':
      return kind;
    default:
      return 'context';
  }
}

/**
 * The device that a buffer type lies on, by its name in `ggml_backend_buft_name`: `CPU`, `CPU_Mapped`, `CPU_REPACK` and the
 * pinned `CUDA_Host` are the host; `CUDA0`, `ROCm0`, `Vulkan0`, `SYCL0`, `Metal` are GPUs; `RPC0[…]` is another machine's.
 */
export function deviceOfBuffer(buffer: string): string {
  if (/^(CPU|BLAS|Host|AMX)/i.test(buffer) || /_Host\b/i.test(buffer)) return 'host';
  const rpc = /^RPC(\d+)?/.exec(buffer);
  if (rpc !== null) return `rpc${rpc[1] ?? '0'}`;
  return `gpu${/^[A-Za-z]+(\d+)/.exec(buffer)?.[1] ?? '0'}`;
}

function buildOf(line: string): string | null {
  if (!/print_info: build|build_info|build:/.test(line)) return null;
  const found = BUILD.exec(line);
  if (found === null) return null;
  return found[2] === undefined ? `build ${found[1]}` : `build ${found[1]}, commit ${found[2]}`;
}

/** `|   - CUDA0 (NAME) | 24080 = 23000 + (1000 = 500 + 300 + 200) + 80 |`, the host's without the outer sum. */
const BREAKDOWN =
  /\|\s+- ([^|(]+?)\s*(?:\([^|]*\))?\s*\|\s*(?:(\d+)\s*=\s*(\d+)\s*\+\s*\()?\s*(\d+)\s*=\s*(\d+)\s*\+\s*(\d+)\s*\+\s*(\d+)\s*\)?\s*(?:\+\s*(-?\d+))?\s*\|/;

function breakdownIn(text: string): readonly BreakdownRow[] {
  const rows: BreakdownRow[] = [];
  for (const line of text.split('\n')) {
    if (!line.includes('memory_breakdown_print') || line.length > MAX_LINE) continue;
    const found = BREAKDOWN.exec(line);
    if (found === null) continue;
    rows.push({
      device: deviceOfBuffer(found[1]!),
      modelMib: Number(found[5]),
      contextMib: Number(found[6]),
      computeMib: Number(found[7]),
      unaccountedMib: found[8] === undefined ? null : Number(found[8]),
    });
  }
  return rows;
}

import { InvalidArgumentError } from 'commander';
import { MOST_MIB } from '../core/plan/request-schema';

/** `--reserve`: memory that something else needs; `device` null is every device and the host. */
export interface ReserveOption {
  readonly device: string | null;
  readonly mib: number;
  readonly what: string;
}

/** MiB by unit; decimal units are as disks and data sheets have them. */
const units: Readonly<Record<string, number>> = {
  b: 1 / 2 ** 20,
  mb: 1e6 / 2 ** 20,
  gb: 1e9 / 2 ** 20,
  m: 1,
  mib: 1,
  g: 1024,
  gib: 1024,
};

/**
 * What a desktop takes beside a model: a browser and a compositor on the first card, themselves on the host. Assumed; one that runs
 * while the machine is measured is not in what is free, so it need not be reserved.
 */
const DESKTOP: readonly ReserveOption[] = [
  { device: 'gpu0', mib: 1024, what: 'a desktop (assumed)' },
  { device: 'host', mib: 4096, what: 'a desktop (assumed)' },
];

/** Reads `--reserve`: `512`, `2GiB`, `gpu0=2GiB`, `host=8GB` or `desktop`; several separated by commas, or given again. */
export function readReserves(
  text: string,
  previous: readonly ReserveOption[] = [],
): readonly ReserveOption[] {
  return previous.concat(text.split(',').flatMap(readReserve));
}

function readReserve(text: string): readonly ReserveOption[] {
  if (text === 'desktop') return DESKTOP;
  const [device, size] = deviceAndSize(text);
  return [{ device, mib: size, what: 'as asked' }];
}

/** Reads `--budget`: `gpu0=10GiB`, `host=32GiB`; several separated by commas, or given again. */
export function readBudgets(
  text: string,
  previous: Readonly<Record<string, number>> = {},
): Readonly<Record<string, number>> {
  const pairs = text.split(',').map((part) => {
    const [device, size] = deviceAndSize(part);
    if (device === null)
      throw new InvalidArgumentError('It wants a device and a size, as in gpu0=10GiB or host=32GiB.');
    return [device, size] as const;
  });
  return { ...previous, ...Object.fromEntries(pairs) };
}

function deviceAndSize(text: string): readonly [string | null, number] {
  const at = text.indexOf('=');
  const device = at < 0 ? null : readDevice(text.slice(0, at));
  return [device, readSize(text.slice(at + 1))];
}

/** `host`, or a GPU as rows of memory and llama.cpp name it: `gpu1`, `CUDA1`. */
export function readDevice(text: string): string {
  const name = text.trim().toLowerCase();
  if (name === 'host' || name === 'cpu') return 'host';
  const match = /^(?:gpu|cuda|rocm|sycl|mtl|vulkan)(\d{1,3})$/u.exec(name);
  if (match === null)
    throw new InvalidArgumentError('A device is called host, or gpu0, gpu1, … in the order of the PCI bus.');
  return `gpu${Number(match[1])}`;
}

function readSize(text: string): number {
  const match = /^(\d+(?:\.\d+)?)\s*([a-z]*)$/iu.exec(text.trim());
  const unit = match === null ? undefined : units[match[2]!.toLowerCase() || 'mib'];
  if (match === null || unit === undefined) {
    throw new InvalidArgumentError(
      'A size is a number from 0 on, in MiB or with its unit, as in 512, 2GiB or 8GB.',
    );
  }
  const mib = Number(match[1]) * unit;
  if (mib > MOST_MIB) throw new InvalidArgumentError('No device has more than 1 PiB.');
  return mib;
}

/** Reads `--device`: names separated by commas, or `none`. */
export function readDevices(text: string): readonly string[] {
  if (text === 'none') return [];
  const devices = text.split(',').map(readDevice);
  if (devices.includes('host')) throw new InvalidArgumentError('It wants GPUs, as in gpu0,gpu1, or none.');
  if (new Set(devices).size < devices.length) throw new InvalidArgumentError('It names a device twice.');
  return devices;
}

/** Reads `--tensor-split`: one share a device, separated by commas. */
export function readShares(text: string): readonly number[] {
  const shares = text.split(/[,/]/u).map((part) => (/^\d+(\.\d+)?$/u.test(part) ? Number(part) : Number.NaN));
  if (shares.some(Number.isNaN) || shares.every((share) => share === 0)) {
    throw new InvalidArgumentError('It wants a share for each device, as in 3,1, and not only zeros.');
  }
  return shares;
}

/** Reads `--override-tensor`: `PATTERN=DEVICE` with `host` or a GPU, as llama.cpp's `-ot`; may be given again. */
export function readOverrides(
  text: string,
  previous: readonly { readonly pattern: string; readonly device: string }[] = [],
): readonly { readonly pattern: string; readonly device: string }[] {
  const added = text.split(',').map((pair) => {
    const at = pair.lastIndexOf('=');
    if (at < 1)
      throw new InvalidArgumentError(String.raw`It wants PATTERN=DEVICE, as in blk\.0\.ffn_.*=host.`);
    return { pattern: pair.slice(0, at), device: readDevice(pair.slice(at + 1)) };
  });
  return previous.concat(added);
}

import type { Figures } from '../figure';
import type { Cpu, Disk, Gpu, Memory, Platform } from './schema';

/** The fields that a schema names, without the unknown ones it lets through. */
type Declared<T> = {
  [Key in keyof T as string extends Key ? never : number extends Key ? never : Key]: T[Key];
};

/** What the probes hand over: every figure with its source, before it is written into a Profile. */
export type PlatformReading = Figures<Declared<Platform>>;
export type CpuReading = Figures<Declared<Cpu>>;
export type MemoryReading = Figures<Declared<Memory>>;
export type GpuReading = Figures<Omit<Declared<Gpu>, 'index'>> & { readonly index: number };
export type DiskReading = Figures<Omit<Declared<Disk>, 'directory' | 'refused'>> &
  Pick<Declared<Disk>, 'directory' | 'refused'>;

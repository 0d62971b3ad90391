import type { Profile } from '../profile/schema';

/**
 * A name for the machine of a profile, the same for every profile of it: 16 hexadecimal digits of a hash of what does not
 * change while the hardware stays (processor, cores, memory rounded to GiB, GPUs). Tells machines apart, nothing more.
 */
export function machineId({ hardware }: Profile): string {
  const { platform, cpu, memory, gpus } = hardware;
  const facts = [
    platform.os,
    platform.arch,
    cpu.name,
    cpu.physical_cores,
    cpu.logical_cores,
    memory.ram_total_gib === null ? null : Math.round(memory.ram_total_gib),
    ...(gpus ?? []).map((gpu) => gpu.uuid ?? gpu.name),
  ];
  const text = JSON.stringify(facts);
  return hash(text, FIRST_SEED) + hash(text, SECOND_SEED);
}

/** Any two different numbers: two 32-bit hashes make one of 64. */
const FIRST_SEED = 0x811c9dc5;
const SECOND_SEED = 0x01000193;

/** FNV-1a of the text's UTF-16 units, with an avalanche at the end (murmur3's), as 8 hexadecimal digits. */
function hash(text: string, seed: number): string {
  let state = seed;
  for (let index = 0; index < text.length; index += 1) {
    state = Math.imul(state ^ text.charCodeAt(index), 0x01000193);
  }
  state = Math.imul(state ^ (state >>> 16), 0x85ebca6b);
  state = Math.imul(state ^ (state >>> 13), 0xc2b2ae35);
  return ((state ^ (state >>> 16)) >>> 0).toString(16).padStart(8, '0');
}

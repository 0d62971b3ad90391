import { cgroupDirectories } from '../../core/reading/memory-cgroup-directories';
import { judgeCgroupMemory, type CgroupLevel, type CgroupMemory } from '../../core/reading/memory-cgroup';
import { parseMeminfo, type MemoryInfo } from '../../core/reading/memory-meminfo';
import { readSystemText } from './platform-files';

export interface LinuxMemory {
  readonly info: MemoryInfo;
  readonly cgroup: CgroupMemory;
}

/** Gathers `/proc/meminfo` and the memory files of every cgroup around this process. */
export async function gatherLinuxMemory(): Promise<LinuxMemory> {
  const info = parseMeminfo((await readSystemText('/proc/meminfo')) ?? '');
  return { info, cgroup: judgeCgroupMemory(await readCgroupLevels(), info.totalBytes) };
}

async function readCgroupLevels(): Promise<readonly CgroupLevel[]> {
  const selfCgroup = (await readSystemText('/proc/self/cgroup')) ?? '';
  const mountinfo = (await readSystemText('/proc/self/mountinfo')) ?? '';
  const directories = cgroupDirectories(selfCgroup, mountinfo, 'memory');
  return Promise.all(
    directories.map(async ({ version, directory }) => {
      const names = version === 2 ? V2_FILES : V1_FILES;
      return {
        version,
        directory,
        limit: await readSystemText(`${directory}/${names.limit}`),
        high: version === 2 ? await readSystemText(`${directory}/memory.high`) : null,
        usage: await readSystemText(`${directory}/${names.usage}`),
        stat: await readSystemText(`${directory}/memory.stat`),
      };
    }),
  );
}

const V1_FILES = { limit: 'memory.limit_in_bytes', usage: 'memory.usage_in_bytes' };
const V2_FILES = { limit: 'memory.max', usage: 'memory.current' };

import { readdir } from 'node:fs/promises';
import type { CacheFiles, ProcessorTopology } from '../../core/reading/cpu-topology';
import type { CpuQuotaFiles } from '../../core/reading/cpu-limits';
import { cgroupDirectories } from '../../core/reading/memory-cgroup-directories';
import { readSystemText } from './platform-files';

const CPU_FOLDER = '/sys/devices/system/cpu';

/** The topology files of every processor that is online; offline ones have none. */
export async function readTopology(): Promise<readonly ProcessorTopology[]> {
  const folders = await listProcessors();
  return Promise.all(folders.map((folder) => readProcessor(`${folder}/topology`)));
}

/** The cache files of every processor. */
export async function readCacheFiles(): Promise<readonly CacheFiles[]> {
  const folders = await listProcessors();
  const lists = await Promise.all(folders.map((folder) => list(`${folder}/cache`, /^index\d+$/)));
  const caches = await Promise.all(lists.flat().map(readCache));
  return caches.filter((cache) => cache !== null);
}

/** The processor-time quotas of every cgroup around this process. */
export async function readCpuQuotas(): Promise<readonly CpuQuotaFiles[]> {
  const selfCgroup = (await readSystemText('/proc/self/cgroup')) ?? '';
  const mountinfo = (await readSystemText('/proc/self/mountinfo')) ?? '';
  const directories = cgroupDirectories(selfCgroup, mountinfo, 'cpu');
  return Promise.all(
    directories.map(async ({ directory }) => ({
      max: await readSystemText(`${directory}/cpu.max`),
      quota: await readSystemText(`${directory}/cpu.cfs_quota_us`),
      period: await readSystemText(`${directory}/cpu.cfs_period_us`),
    })),
  );
}

async function listProcessors(): Promise<readonly string[]> {
  const folders = await list(CPU_FOLDER, /^cpu\d+$/);
  const online = await Promise.all(
    folders.map(async (folder) => (await list(folder, /^topology$/)).length > 0),
  );
  return folders.filter((_, index) => online[index]);
}

async function readProcessor(folder: string): Promise<ProcessorTopology> {
  return {
    siblings:
      (await readSystemText(`${folder}/core_cpus_list`)) ??
      (await readSystemText(`${folder}/thread_siblings_list`)),
    physicalPackageId: await readSystemText(`${folder}/physical_package_id`),
    coreId: await readSystemText(`${folder}/core_id`),
  };
}

async function readCache(folder: string): Promise<CacheFiles | null> {
  const names = ['level', 'type', 'size', 'shared_cpu_list'];
  const texts = await Promise.all(names.map((name) => readSystemText(`${folder}/${name}`)));
  const [level, type, size, sharedCpuList] = texts;
  if (level == null || type == null || size == null || sharedCpuList == null) return null;
  return { level, type, size, sharedCpuList };
}

async function list(folder: string, pattern: RegExp): Promise<readonly string[]> {
  const names = await readdir(folder).catch(() => []);
  return names.filter((name) => pattern.test(name)).map((name) => `${folder}/${name}`);
}

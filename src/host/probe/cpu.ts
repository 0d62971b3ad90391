import { cpus } from 'node:os';
import { known, knownOr, missing, type Conditions, type Figure, type Figures } from '../../core/figure';
import type { Finding } from '../../core/finding';
import type { Cpu } from '../../core/profile/schema';
import { featuresOf } from '../../core/reading/cpu-features';
import { cpuShareFindings } from '../../core/reading/cpu-limits';
import { numaFindings } from '../../core/reading/cpu-numa';
import type { CacheTotal } from '../../core/reading/cpu-topology';
import { KIB, MIB } from '../../core/units';
import type { ProbeContext, Probed } from './context';
import { gatherCpu, type CpuFacts, type Sourced } from './cpu-facts';
import { lookUpCpuName } from './cpu-name';

/** Reads what the processor is: cores, caches, NUMA nodes and instruction sets. Throws only AbortError. */
export async function probeCpu(context: ProbeContext): Promise<Probed<Figures<Cpu>>> {
  context.signal.throwIfAborted();
  context.progress('cpu', 'Reading the processor', 0);
  const facts = await gatherCpu(context.signal);
  const name = await nameFigure(facts, context);
  context.signal.throwIfAborted();
  const at = context.now();
  const reading: Figures<Cpu> = {
    name,
    physical_cores: figureOf(facts.physicalCores, at),
    logical_cores: figureOf(facts.logicalCores, at, {
      allowed: facts.share.allowed,
      quota: facts.share.quota,
    }),
    l1d_kib: cacheFigure(facts, facts.caches.value?.l1d ?? null, KIB, at),
    l2_mib: cacheFigure(facts, facts.caches.value?.l2 ?? null, MIB, at),
    l3_mib: cacheFigure(facts, facts.caches.value?.l3 ?? null, MIB, at),
    numa_nodes: figureOf(facts.numaNodes, at),
    features: featuresFigure(facts, at),
  };
  context.progress('cpu', 'Read the processor', 1);
  return { reading, findings: findingsOf(facts) };
}

function figureOf<T>(fact: Sourced<T>, at: string, conditions?: Conditions): Figure<T> {
  const source = { method: fact.method, at, ...(conditions === undefined ? {} : { conditions }) };
  return knownOr(fact.value, source, fact.reason);
}

/** All caches of the level together, as `lscpu` prints them; how many there are is in the conditions. */
function cacheFigure(facts: CpuFacts, cache: CacheTotal | null, unit: number, at: string): Figure<number> {
  const { method, value, reason } = facts.caches;
  if (cache === null)
    return missing(value === null ? reason : 'not-supported: no such cache is told of', method);
  return known(cache.totalBytes / unit, { method, at, conditions: { caches: cache.count } });
}

function featuresFigure(facts: CpuFacts, at: string): Figure<string[]> {
  const { value, method, reason } = facts.flags;
  return value === null ? missing(reason, method) : known([...featuresOf(value)], { method, at });
}

async function nameFigure(facts: CpuFacts, context: ProbeContext): Promise<Figure<string>> {
  const at = context.now();
  if (facts.name.value !== null) return figureOf(facts.name, at);
  // ARM kernels print part numbers; libuv and lscpu know many of them.
  const fromNode = cpus()[0]?.model.trim() ?? '';
  if (fromNode !== '' && fromNode !== 'unknown') return known(fromNode, { method: 'os.cpus', at });
  const looked = await lookUpCpuName();
  return knownOr(
    looked,
    { method: 'systeminformation', at },
    'not-supported: nothing here names the processor',
  );
}

function findingsOf(facts: CpuFacts): readonly Finding[] {
  return [...cpuShareFindings(facts.share, facts.logicalCores.value), ...numaFindings(facts.numaNodes.value)];
}

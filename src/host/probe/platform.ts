import { arch, machine, release, version } from 'node:os';
import { assertNever } from '../../core/assert-never';
import { known, knownOr, missing, type Figure, type Figures } from '../../core/figure';
import type { Finding } from '../../core/finding';
import type { Platform } from '../../core/profile/schema';
import { confinementFindings, containerFindings, nvidiaFindings } from '../../core/reading/platform-findings';
import { judgeContainer, type ContainerVerdict } from '../../core/reading/platform-container';
import { judgeNvidiaRuntime, type NvidiaVerdict } from '../../core/reading/platform-nvidia';
import { parseOsRelease } from '../../core/reading/platform-os-release';
import { judgeOversubscription } from '../../core/reading/platform-oversubscription';
import { judgeWsl, type WslVerdict } from '../../core/reading/platform-wsl';
import { runProgram } from '../exec';
import type { ProbeContext, Probed } from './context';
import {
  gatherContainerEvidence,
  gatherNvidiaEvidence,
  gatherUvmDevice,
  gatherWslEvidence,
} from './platform-evidence';
import { readSystemText } from './platform-files';

/** `sw_vers` answers at once; a hung one must not hold up the probe. */
const SW_VERS_TIMEOUT_MS = 5000;

/** Reads what this machine is: system, kernel, container, WSL, and what NVIDIA's toolkit left. Throws only AbortError. */
export async function probePlatform(context: ProbeContext): Promise<Probed<Figures<Platform>>> {
  context.signal.throwIfAborted();
  context.progress('platform', 'Reading the system', 0);
  const confined = process.platform === 'linux' ? await probeLinux(context) : outsideLinux(context);
  const reading = {
    os: known<string>(process.platform, { method: 'process.platform', at: context.now() }),
    os_release: await osRelease(context),
    kernel: known(release(), { method: 'os.release', at: context.now() }),
    arch: known<string>(arch(), {
      method: 'os.arch',
      at: context.now(),
      conditions: { machine: machineName() },
    }),
    ...confined.reading,
  };
  context.signal.throwIfAborted();
  context.progress('platform', 'Read the system', 1);
  return { reading, findings: confined.findings };
}

type Confined = Pick<
  Figures<Platform>,
  'in_container' | 'container_runtime' | 'wsl2' | 'nvidia_runtime' | 'uvm_oversubscription'
>;

async function probeLinux(context: ProbeContext): Promise<Probed<Confined>> {
  const wsl = judgeWsl(await gatherWslEvidence());
  const container = judgeContainer(await gatherContainerEvidence(wsl.version !== null));
  const evidence = await gatherNvidiaEvidence();
  const nvidia = container.kind === 'host' ? null : judgeNvidiaRuntime(evidence);
  const uvm = judgeOversubscription({
    os: 'linux',
    wsl2: wsl.version === 2,
    driverLoaded: evidence.driverVersion !== null,
    uvmDevice: await gatherUvmDevice(),
  });
  const at = context.now();
  return {
    reading: {
      in_container: inContainer(container, at),
      container_runtime: containerRuntime(container, at),
      wsl2: wsl2Figure(wsl, at),
      nvidia_runtime: nvidiaFigure(container, nvidia, at),
      uvm_oversubscription:
        uvm.kind === 'never' ? known(false, { method: `rule: ${uvm.rule}`, at }) : missing(uvm.reason),
    },
    findings: [...containerFindings(container), ...nvidiaFindings(nvidia), ...confinementFindings(isSnap())],
  };
}

function inContainer(container: ContainerVerdict, at: string): Figure<boolean> {
  if (container.kind === 'unknown') return missing(`contradictory: ${container.evidence.join('; ')}`);
  return known(container.kind === 'container', { method: container.evidence.join('; '), at });
}

function containerRuntime(container: ContainerVerdict, at: string): Figure<string> {
  switch (container.kind) {
    case 'container':
      return knownOr(
        container.runtime,
        { method: container.evidence.join('; '), at },
        'unrecognised: no marker names it',
      );
    case 'host':
      return missing('not-applicable: not in a container');
    case 'unknown':
      return missing('contradictory: it is not known whether this is a container');
    default:
      return assertNever(container);
  }
}

function wsl2Figure(wsl: WslVerdict, at: string): Figure<boolean> {
  const method = wsl.evidence.length === 0 ? 'no sign of WSL' : wsl.evidence.join('; ');
  return known(wsl.version === 2, { method, at, conditions: { wsl_version: wsl.version } });
}

function nvidiaFigure(
  container: ContainerVerdict,
  nvidia: NvidiaVerdict | null,
  at: string,
): Figure<boolean> {
  if (nvidia === null) return missing('not-applicable: not in a container');
  if (nvidia.kind === 'mounted') return known(true, { method: nvidia.evidence.join('; '), at });
  if (container.kind === 'unknown')
    return missing('contradictory: it is not known whether this is a container');
  return known(false, { method: 'no driver file is mounted', at });
}

function outsideLinux(context: ProbeContext): Probed<Confined> {
  const at = context.now();
  const reason = 'not-supported: only Linux tells';
  const uvm = judgeOversubscription({
    os: process.platform,
    wsl2: false,
    driverLoaded: false,
    uvmDevice: false,
  });
  const findings: readonly Finding[] = [];
  return {
    reading: {
      in_container: missing(reason),
      container_runtime: missing(reason),
      wsl2: known(false, { method: 'process.platform', at }),
      nvidia_runtime: missing(reason),
      uvm_oversubscription:
        uvm.kind === 'never' ? known(false, { method: `rule: ${uvm.rule}`, at }) : missing(uvm.reason),
    },
    findings,
  };
}

async function osRelease(context: ProbeContext): Promise<Figure<string>> {
  if (process.platform === 'linux') return linuxRelease(context);
  if (process.platform === 'darwin') return macRelease(context);
  return known(version(), { method: 'os.version', at: context.now() });
}

async function linuxRelease(context: ProbeContext): Promise<Figure<string>> {
  // os-release(5): the first that exists, not both merged.
  const file = (await readSystemText('/etc/os-release')) === null ? '/usr/lib/os-release' : '/etc/os-release';
  const name = parseOsRelease((await readSystemText(file)) ?? '');
  return knownOr(name, { method: file, at: context.now() }, 'not-supported: there is no os-release file');
}

async function macRelease(context: ProbeContext): Promise<Figure<string>> {
  const result = await runProgram('/usr/bin/sw_vers', ['-productVersion'], {
    timeoutMs: SW_VERS_TIMEOUT_MS,
    signal: context.signal,
  });
  if (result.kind !== 'exited' || result.code !== 0) return missing(`no-tool: sw_vers ${result.kind}`);
  return known(`macOS ${result.stdout.trim()}`, { method: 'sw_vers', at: context.now() });
}

/** The variable alone may be inherited from an editor that is a Snap. */
function isSnap(): boolean {
  const folder = process.env['SNAP'];
  return folder !== undefined && folder !== '' && process.execPath.startsWith(folder);
}

/** The machine's own architecture, where an emulated Node (Rosetta, Windows on ARM) says another. */
function machineName(): string | null {
  return typeof machine === 'function' ? machine() : null;
}

import type { ContainerEvidence } from '../../core/reading/platform-container';
import type { NvidiaEvidence } from '../../core/reading/platform-nvidia';
import type { WslEvidence } from '../../core/reading/platform-wsl';
import { isThere, readSystemLink, readSystemText } from './platform-files';

/** Gathers what tells WSL. */
export async function gatherWslEvidence(): Promise<WslEvidence> {
  const interop = ['/proc/sys/fs/binfmt_misc/WSLInterop', '/proc/sys/fs/binfmt_misc/WSLInterop-late'];
  return {
    kernel: await readSystemText('/proc/sys/kernel/osrelease'),
    interop: (await Promise.all(interop.map(isThere))).includes(true),
    dxg: await isThere('/dev/dxg'),
    runWsl: await isThere('/run/WSL'),
    distroName: process.env['WSL_DISTRO_NAME'],
  };
}

/** Gathers what tells a container. The environment of process 1 needs root, and is refused to root in some sandboxes. */
export async function gatherContainerEvidence(wsl: boolean): Promise<ContainerEvidence> {
  const initEnvironment = await readSystemText('/proc/1/environ');
  const secrets = await isThere('/var/run/secrets/kubernetes.io');
  return {
    pidNamespace: await readSystemLink('/proc/self/ns/pid'),
    wsl,
    initContainer: variableOf(initEnvironment ?? '', 'container'),
    dockerEnv: await isThere('/.dockerenv'),
    containerEnv: await isThere('/run/.containerenv'),
    systemdContainer: await readSystemText('/run/systemd/container'),
    kubernetes: secrets && process.env['KUBERNETES_SERVICE_HOST'] !== undefined,
    flatpak: await isThere('/.flatpak-info'),
    mountinfo: await readSystemText('/proc/self/mountinfo'),
  };
}

/** Gathers what the NVIDIA Container Toolkit leaves. */
export async function gatherNvidiaEvidence(): Promise<NvidiaEvidence> {
  return {
    visibleDevices: process.env['NVIDIA_VISIBLE_DEVICES'],
    capabilities: process.env['NVIDIA_DRIVER_CAPABILITIES'],
    driverVersion: await readSystemText('/proc/driver/nvidia/version'),
    mountinfo: await readSystemText('/proc/self/mountinfo'),
    deviceNode: (await isThere('/dev/nvidiactl')) || (await isThere('/dev/dxg')),
  };
}

/** Whether the driver's unified-memory device is there. */
export async function gatherUvmDevice(): Promise<boolean> {
  return isThere('/dev/nvidia-uvm');
}

/** A variable of an environment block, whose entries end in NUL; null where it is not set. */
function variableOf(block: string, name: string): string | null {
  const entry = block.split('\0').find((line) => line.startsWith(`${name}=`));
  return entry === undefined ? null : entry.slice(name.length + 1);
}

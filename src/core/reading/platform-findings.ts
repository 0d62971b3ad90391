import type { Finding } from '../finding';
import type { ContainerVerdict } from './platform-container';
import type { NvidiaVerdict } from './platform-nvidia';

/** Tells where the signs of a container disagree. */
export function containerFindings(container: ContainerVerdict): readonly Finding[] {
  if (container.kind !== 'unknown') return [];
  return [
    {
      severity: 'warning',
      code: 'container-unclear',
      path: '/hardware/platform/in_container',
      message: `The signs of a container disagree: ${container.evidence.join('; ')}.`,
      remedy: 'Compare the memory limit with what you gave this container, if it is one.',
    },
  ];
}

/** Tells where a container asked for a GPU in vain, or for one without its tools. */
export function nvidiaFindings(nvidia: NvidiaVerdict | null): readonly Finding[] {
  if (nvidia?.kind === 'asked-in-vain') {
    return [
      {
        severity: 'warning',
        code: 'nvidia-runtime-missing',
        path: '/hardware/platform/nvidia_runtime',
        message: `This container asks for a GPU (${nvidia.evidence.join('; ')}), but no driver was handed in.`,
        remedy: 'Install the NVIDIA Container Toolkit on the host and start the container with --gpus all.',
      },
    ];
  }
  if (nvidia?.kind === 'mounted' && nvidia.utility === false) {
    return [
      {
        severity: 'warning',
        code: 'nvidia-utility-missing',
        path: '/hardware/platform/nvidia_runtime',
        message: 'This container was given CUDA without nvidia-smi and NVML.',
        remedy: 'Start it with NVIDIA_DRIVER_CAPABILITIES=compute,utility.',
      },
    ];
  }
  return [];
}

/** Tells that Snap's confinement hides the driver's tools. */
export function confinementFindings(snap: boolean): readonly Finding[] {
  if (!snap) return [];
  return [
    {
      severity: 'info',
      code: 'snap-confined',
      path: null,
      message: 'This program runs inside a Snap, which hides nvidia-smi and most of the file system.',
      remedy: 'Install it outside Snap to measure the GPU.',
    },
  ];
}

/** What the NVIDIA Container Toolkit leaves to be seen. */
export interface NvidiaEvidence {
  /** `NVIDIA_VISIBLE_DEVICES`. CUDA images set it themselves, so it says what was asked, not what was given. */
  readonly visibleDevices: string | undefined;
  /** `NVIDIA_DRIVER_CAPABILITIES`. */
  readonly capabilities: string | undefined;
  /** `/proc/driver/nvidia/version`: the kernel driver's, which every container on that host can read. */
  readonly driverVersion: string | null;
  readonly mountinfo: string | null;
  /** `/dev/nvidiactl`, or `/dev/dxg` under WSL2. */
  readonly deviceNode: boolean;
}

export type NvidiaVerdict =
  /** The toolkit mounted the driver's libraries or devices. */
  | { readonly kind: 'mounted'; readonly evidence: readonly string[]; readonly utility: boolean | null }
  /** A GPU was asked for and none was handed in. */
  | { readonly kind: 'asked-in-vain'; readonly evidence: readonly string[] }
  | { readonly kind: 'absent' };

/** What the toolkit and CDI bind into a container. */
const MOUNTED_FILES = /\/(libcuda\.so[.\d]*|libnvidia-ml\.so[.\d]*|nvidia-smi|nvidiactl|libdxcore\.so)(?= )/g;

/** Whether the toolkit put a driver into this container; CDI leaves no variables, so the mounts decide. */
export function judgeNvidiaRuntime(evidence: NvidiaEvidence): NvidiaVerdict {
  const files = [...(evidence.mountinfo ?? '').matchAll(MOUNTED_FILES)].map((match) => match[1]!);
  const mounted = [...new Set(files)];
  if (mounted.length > 0) {
    return { kind: 'mounted', evidence: mounted, utility: hasUtility(evidence.capabilities) };
  }
  const asked = !['', 'void', 'none'].includes(evidence.visibleDevices ?? '');
  if (!asked) return { kind: 'absent' };
  // Without bind mounts (privileged containers, drivers built into the image) a device node and a driver still make one usable.
  if (evidence.deviceNode && evidence.driverVersion !== null) {
    return {
      kind: 'mounted',
      evidence: ['device node', 'NVIDIA_VISIBLE_DEVICES'],
      utility: hasUtility(evidence.capabilities),
    };
  }
  return { kind: 'asked-in-vain', evidence: [`NVIDIA_VISIBLE_DEVICES=${evidence.visibleDevices}`] };
}

/** Whether nvidia-smi and NVML were asked for; null where nothing says (CDI; the toolkit's default includes them). */
function hasUtility(capabilities: string | undefined): boolean | null {
  if (capabilities === undefined || capabilities === '') return null;
  return capabilities.split(',').some((name) => name.trim() === 'utility' || name.trim() === 'all');
}

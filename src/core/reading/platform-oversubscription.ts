export interface OversubscriptionEvidence {
  readonly os: string;
  readonly wsl2: boolean;
  readonly driverLoaded: boolean;
  /** `/dev/nvidia-uvm` exists. */
  readonly uvmDevice: boolean;
}

export type Oversubscription =
  | { readonly kind: 'never'; readonly rule: string }
  | { readonly kind: 'unknown'; readonly reason: string };

/**
 * Whether CUDA managed memory may exceed the card, as far as the system tells without CUDA: it can be ruled out, not
 * proved. The proof is CU_DEVICE_ATTRIBUTE_CONCURRENT_MANAGED_ACCESS (CUDA driver API).
 */
export function judgeOversubscription(evidence: OversubscriptionEvidence): Oversubscription {
  if (evidence.os === 'win32') return { kind: 'never', rule: 'CUDA on Windows does not oversubscribe' };
  if (evidence.wsl2) return { kind: 'never', rule: 'CUDA on WSL2 does not oversubscribe' };
  if (evidence.os === 'darwin') return { kind: 'never', rule: 'there is no CUDA on macOS' };
  if (!evidence.driverLoaded) return { kind: 'unknown', reason: 'no-driver: no NVIDIA driver is loaded' };
  if (!evidence.uvmDevice) return { kind: 'unknown', reason: 'no-driver: /dev/nvidia-uvm is not there' };
  return { kind: 'unknown', reason: 'needs-cuda: only a CUDA device attribute tells' };
}

/** What tells the Windows Subsystem for Linux. */
export interface WslEvidence {
  /** `/proc/sys/kernel/osrelease`. */
  readonly kernel: string | null;
  /** `/proc/sys/fs/binfmt_misc/WSLInterop` or `WSLInterop-late` exists. */
  readonly interop: boolean;
  /** `/dev/dxg` exists: the paravirtual GPU, which other Hyper-V guests may have as well. */
  readonly dxg: boolean;
  /** `/run/WSL` exists: the distribution's own, not seen inside a container. */
  readonly runWsl: boolean;
  readonly distroName: string | undefined;
}

export interface WslVerdict {
  /** Null: not WSL. */
  readonly version: 1 | 2 | null;
  /** What it was told by, for people. */
  readonly evidence: readonly string[];
}

/** WSL 1 has a kernel of its own naming (`4.4.0-19041-Microsoft`) and no GPU; custom WSL 2 kernels may drop the name altogether. */
export function judgeWsl(evidence: WslEvidence): WslVerdict {
  const kernel = evidence.kernel?.trim() ?? '';
  const found = [
    /microsoft/i.test(kernel) ? `kernel ${kernel}` : null,
    evidence.interop ? 'WSLInterop' : null,
    evidence.runWsl ? '/run/WSL' : null,
    // Neither is enough alone: a variable can be inherited, a paravirtual GPU belongs to Hyper-V.
    evidence.dxg && evidence.distroName !== undefined ? '/dev/dxg and WSL_DISTRO_NAME' : null,
  ].filter((name) => name !== null);
  if (found.length === 0) return { version: null, evidence: found };
  const first = /^[34]\.\d+\.\d+-\d+-Microsoft$/.test(kernel) && !evidence.dxg;
  return { version: first ? 1 : 2, evidence: found };
}

import { assertNever } from '../assert-never';

/** What tells a container, gathered and not yet judged. */
export interface ContainerEvidence {
  /** `readlink /proc/self/ns/pid`, e.g. `pid:[4026531836]`; null where it cannot be read. */
  readonly pidNamespace: string | null;
  readonly wsl: boolean;
  /** `container=` in the environment of process 1; null where it is not set or not readable. */
  readonly initContainer: string | null;
  readonly dockerEnv: boolean;
  /** Podman's `/run/.containerenv`. */
  readonly containerEnv: boolean;
  /** Text of `/run/systemd/container`. */
  readonly systemdContainer: string | null;
  readonly kubernetes: boolean;
  readonly flatpak: boolean;
  /** `/proc/self/mountinfo`. */
  readonly mountinfo: string | null;
}

export type ContainerVerdict =
  | { readonly kind: 'container'; readonly runtime: string | null; readonly evidence: readonly string[] }
  | { readonly kind: 'host'; readonly evidence: readonly string[] }
  /** The signs disagree. */
  | { readonly kind: 'unknown'; readonly evidence: readonly string[] };

interface Marker {
  readonly runtime: string | null;
  readonly evidence: string;
  /** A file may be left over from an image or a script; a mount or the environment of process 1 is not. */
  readonly strong: boolean;
}

/** PROC_PID_INIT_INO in the kernel's include/linux/proc_ns.h. */
const INITIAL_PID_NAMESPACE = 'pid:[4026531836]';

/** Where each runtime keeps what it mounts into a container. */
const MOUNT_SIGNS: readonly (readonly [RegExp, string])[] = [
  [/\/docker\/(?:containers|overlay2|overlayfs|rootfs)\//, 'docker'],
  [/\/containers\/storage\/overlay|\/overlay-containers\//, 'podman'],
  [/\/var\/lib\/kubelet\/pods\//, 'kubernetes'],
  [/containerd.*\/(?:snapshots|overlayfs)|io\.containerd\./, 'containerd'],
];

/**
 * A container is a process outside the initial PID namespace with at least one marker, and not a WSL distribution (which
 * has namespaces of its own). `/.dockerenv` alone proves nothing: virtual machines built from images have it too.
 */
export function judgeContainer(evidence: ContainerEvidence): ContainerVerdict {
  const markers = markersOf(evidence);
  const signs = [
    `PID namespace ${evidence.pidNamespace ?? 'unreadable'}`,
    ...markers.map((marker) => marker.evidence),
  ];
  const runtime = markers.find((marker) => marker.runtime !== null)?.runtime ?? null;
  const strong = markers.some((marker) => marker.strong);
  const container = { kind: 'container', runtime, evidence: signs } as const;
  const unknown = { kind: 'unknown', evidence: signs } as const;
  const host = { kind: 'host', evidence: signs } as const;

  if (evidence.wsl) return strong ? container : host;
  const namespace = namespaceOf(evidence.pidNamespace);
  switch (namespace) {
    case 'initial':
      // Strong marks in the initial namespace are a container that shares the host's processes (`--pid=host`), or none.
      return strong ? unknown : host;
    case 'own':
      return markers.length > 0 ? container : unknown;
    case 'unreadable':
      return strong ? container : unknown;
    default:
      return assertNever(namespace);
  }
}

function namespaceOf(link: string | null): 'initial' | 'own' | 'unreadable' {
  if (link === null) return 'unreadable';
  return link === INITIAL_PID_NAMESPACE ? 'initial' : 'own';
}

/** The most telling first: the first that names a runtime gives the container its name. */
function markersOf(evidence: ContainerEvidence): readonly Marker[] {
  const initContainer = runtimeName(evidence.initContainer);
  const systemdContainer = runtimeName(evidence.systemdContainer);
  const mount = mountRuntime(evidence.mountinfo ?? '');
  return [
    ...marked(initContainer !== null, initContainer, `container=${initContainer} in process 1`, true),
    ...marked(systemdContainer !== null, systemdContainer, '/run/systemd/container', true),
    ...marked(evidence.flatpak, 'flatpak', '/.flatpak-info', true),
    ...marked(evidence.containerEnv, 'podman', '/run/.containerenv', false),
    ...marked(mount !== null, mount, `mounts of ${mount}`, true),
    ...marked(evidence.dockerEnv, 'docker', '/.dockerenv', false),
    ...marked(evidence.kubernetes, 'kubernetes', 'Kubernetes service account', false),
    ...marked(mount === null && hasOverlayRoot(evidence.mountinfo ?? ''), null, 'overlay as root', false),
  ];
}

/** systemd calls a WSL distribution a container named `wsl`; that is judged elsewhere. */
function runtimeName(text: string | null): string | null {
  const name = text?.trim() ?? '';
  return name === '' || name === 'wsl' ? null : name;
}

function marked(
  present: boolean,
  runtime: string | null,
  evidence: string,
  strong: boolean,
): readonly Marker[] {
  return present ? [{ runtime, evidence, strong }] : [];
}

/** Only what is mounted at `/`, `/etc/hostname`, `/etc/hosts` or `/etc/resolv.conf` counts: a host lists its containers' mounts elsewhere. */
function mountRuntime(mountinfo: string): string | null {
  const lines = ownMounts(mountinfo);
  for (const [sign, runtime] of MOUNT_SIGNS) if (lines.some((line) => sign.test(line))) return runtime;
  return null;
}

function hasOverlayRoot(mountinfo: string): boolean {
  return ownMounts(mountinfo).some((line) => line.split(' ')[4] === '/' && line.includes(' - overlay '));
}

const OWN_MOUNTS = new Set(['/', '/etc/hostname', '/etc/hosts', '/etc/resolv.conf']);

function ownMounts(mountinfo: string): readonly string[] {
  return mountinfo.split('\n').filter((line) => OWN_MOUNTS.has(line.split(' ')[4] ?? ''));
}

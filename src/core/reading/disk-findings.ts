import type { Finding } from '../finding';
import type { PassOutcome } from './disk-figures';
import type { DiskRun } from './disk-honesty';
import { isVirtualised, type DiskPlace } from './disk-verdict';
import { PASS_SHAPES, type DiskPass } from './fio-arguments';

/** Above it others read from the same disk, which slows the figure and does not flatter it. */
const BUSY_RATIO = 1.5;
/** Flash needs 20 µs and more for 4 KiB, over the bus and back; only Optane and memory are faster. */
const PLAUSIBLE_P50_US = 15;
/** Runs that differ by more were disturbed, or the disk slows down under load. */
const STEADY_SPREAD = 0.25;

/** What is worth knowing about the way from the folder to its disk. */
export function findingsOfPlace(place: DiskPlace): readonly Finding[] {
  const where = place.directory;
  const findings: Finding[] = [];
  const tell = (code: string, message: string) =>
    findings.push({ severity: 'info', code, path: null, message, remedy: null });
  if (isVirtualised(place.leaves) === true) {
    const names = place.leaves.map(({ disk }) => disk).join(', ');
    tell('disk-virtualised', `The disk of ${where} (${names}) is virtual: its host may answer from a cache.`);
  }
  if (place.layers.some((uuid) => uuid.startsWith('CRYPT-'))) {
    tell('disk-encrypted', `The disk of ${where} is encrypted: its speed depends on the processor too.`);
  }
  if (place.layers.some((uuid) => uuid.startsWith('MD-'))) {
    tell('disk-raid', `${where} lies on an array of ${place.leaves.length} devices.`);
  }
  if (place.fsType === 'btrfs') {
    tell(
      'disk-checksummed',
      `btrfs verifies every block that it reads in ${where}: the speed includes that.`,
    );
  }
  return findings;
}

/** What is worth telling about a pass: why it gave no figure, or what is odd about the one it gave. */
export function findingsOfPass(pass: DiskPass, outcome: PassOutcome, directory: string): readonly Finding[] {
  if (outcome.kind === 'measured') return findingsOfRuns(pass, outcome.runs, directory);
  const message = `The ${PASS_SHAPES[pass].label} in ${directory} gave no figure (${outcome.reason}).`;
  const remedy = remedyOf(outcome.reason.split(':')[0]!);
  return [{ severity: 'warning', code: 'disk-not-measured', path: null, message, remedy }];
}

function remedyOf(code: string): string {
  switch (code) {
    case 'no-tool':
    case 'too-old':
      return 'Install a newer fio and measure again.';
    case 'cached':
    case 'no-direct-io':
      return 'Choose a folder on a local disk without a caching layer.';
    default:
      return 'Measure again; if it stays so, look at the system log for errors of the disk.';
  }
}

/** What is odd about the runs of one pass, without making their figures wrong. */
function findingsOfRuns(pass: DiskPass, runs: readonly DiskRun[], directory: string): readonly Finding[] {
  const findings: Finding[] = [];
  const warn = (code: string, message: string, remedy: string | null) =>
    findings.push({ severity: 'warning', code, path: null, message, remedy });
  if (pass === 'random' && runs.some(({ deviceBytes }) => deviceBytes === null)) {
    warn('disk-unverified', `Whether caches answered reads in ${directory} could not be checked here.`, null);
  }
  const p50 = Math.min(...runs.map(({ latencyP50Us }) => latencyP50Us ?? Infinity));
  if (pass === 'random' && p50 < PLAUSIBLE_P50_US) {
    warn(
      'implausible-latency',
      `Half of the small reads in ${directory} took less than ${p50.toFixed(1)} µs, faster than flash can answer.`,
      'Take the figure for that of a cache (of the host or the controller), unless the disk is an Optane.',
    );
  }
  if (runs.some(({ deviceBytes, ioBytes }) => deviceBytes !== null && deviceBytes > ioBytes * BUSY_RATIO)) {
    warn(
      'disk-busy',
      `Other programs read from the disk of ${directory} while it was measured.`,
      'Measure again when the disk is idle.',
    );
  }
  const speeds = runs.map(({ bytesPerSecond }) => bytesPerSecond);
  if (Math.max(...speeds) - Math.min(...speeds) > STEADY_SPREAD * Math.max(...speeds)) {
    warn(
      'disk-unsteady',
      `Repeated runs of the ${pass} read in ${directory} differ by more than a quarter.`,
      'Measure again when the machine is idle; if it stays so, the disk slows down under load.',
    );
  }
  return findings;
}

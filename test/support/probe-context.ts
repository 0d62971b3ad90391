import type { Figure } from '../../src/core/figure';
import type { ProbeContext } from '../../src/host/probe/context';

/** A probe's context that remembers what it was told. */
export function probeContext(signal: AbortSignal = new AbortController().signal) {
  const fractions: (number | null)[] = [];
  const context: ProbeContext = {
    now: () => new Date().toISOString(),
    signal,
    progress: (_step, _label, fraction) => fractions.push(fraction),
  };
  return { context, fractions };
}

/** The names of figures that are null without a reason, or known without a method and a time. */
export function unexplained(reading: Readonly<Record<string, Figure<unknown>>>): readonly string[] {
  return Object.entries(reading).flatMap(([name, { value, provenance }]) => {
    const explained =
      value === null
        ? /^[a-z0-9-]+(: .+)?$/.test(provenance.reason ?? '')
        : provenance.reason === null && Boolean(provenance.method) && provenance.measured_at !== null;
    return explained ? [] : [name];
  });
}

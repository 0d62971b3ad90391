import type { Finding } from '../../core/finding';

/** Findings that are not among those shown already: a plan repeats what is wrong with its model, which stands beside the model. */
export function findingsBeside(findings: readonly Finding[], shown: readonly Finding[]): readonly Finding[] {
  return findings.filter(
    ({ code, path, message }) =>
      !shown.some((other) => other.code === code && other.path === path && other.message === message),
  );
}

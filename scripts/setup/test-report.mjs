import { relative } from 'node:path';

/**
 * Sums a Vitest JSON report. A file that failed to load counts as one failure, and so does a run that ended badly without
 * naming a failed test. `skips` has one line for each group of skipped tests.
 */
export function countTests(report, finishedWell) {
  const skips = new Map();
  let passed = 0;
  let failed = 0;
  let skipped = 0;
  for (const file of report.testResults) {
    const tests = file.assertionResults;
    if (file.status === 'failed' && !tests.some((test) => test.status === 'failed')) failed += 1;
    for (const test of tests) {
      if (test.status === 'passed') passed += 1;
      else if (test.status === 'failed') failed += 1;
      else {
        skipped += 1;
        const group = `${relative(process.cwd(), file.name)}: ${test.ancestorTitles[0] || test.title}`;
        skips.set(group, (skips.get(group) ?? 0) + 1);
      }
    }
  }
  if (!finishedWell && failed === 0) failed = 1;
  return { passed, failed, skipped, skips: [...skips].map(([group, times]) => `${group} (${times} tests)`) };
}

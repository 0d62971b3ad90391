import { quoteForProgram, quoteLine } from '../plan/quote';
import type { Command, Plan } from '../plan/schema';
import { ExportError } from './export-error';
import { oneLine, refuseUnprintable } from './one-line';
import { remarksOf } from './remarks';

/**
 * A model of a llama-swap configuration (`config-schema.json` of mostlygeek/llama-swap, read 2026-11). Its `cmd` is split by the
 * rules of POSIX shells (on Windows by Windows' own), its port stands for `${PORT}`; strings are written as JSON, which YAML reads.
 * Throws ExportError for a word that it would take for one of its macros or that YAML cannot hold.
 */
export function llamaSwap(plan: Plan, { tool, argv, env }: Command, name: string): string {
  for (const word of argv) refuseUnwritable(word);
  const windows = argv.some((word) => /^[A-Za-z]:\\/u.test(word));
  const words = [tool, ...argv];
  const line = windows ? words.map(quoteForProgram).join(' ') : quoteLine(words, 'posix');
  const variables = Object.entries(env).map(([key, value]) => `      - ${JSON.stringify(`${key}=${value}`)}`);
  return [
    ...remarksOf(plan).map((remark) => `# ${remark}`),
    'models:',
    `  ${JSON.stringify(name)}:`,
    `    name: ${JSON.stringify(Array.from(oneLine(plan.model.name)).slice(0, MOST_NAME).join(''))}`,
    `    cmd: ${JSON.stringify(`${line} --port \${PORT}`)}`,
    ...(variables.length === 0 ? [] : ['    env:', ...variables]),
    '    checkEndpoint: "/health"',
    '',
  ].join('\n');
}

/** Characters that its schema grants a name. */
const MOST_NAME = 128;

function refuseUnwritable(word: string): void {
  refuseUnprintable(word);
  if (!word.includes('${')) return;
  throw new ExportError(
    `llama-swap would not read ${JSON.stringify(word)} as it is: \${…} is a macro.`,
    'Rename the file or export for a shell instead.',
  );
}

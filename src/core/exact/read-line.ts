import type { Tool } from '../plan/settings';
import type { ArgumentProblem } from './arguments';
import { splitWords } from './split-words';

/** A line as it may have been typed or pasted: arguments, with or without the program before them. */
export type ReadLine =
  | {
      readonly kind: 'read';
      readonly argv: readonly string[];
      /** The tool whose name stood before them; null where none did. */
      readonly tool: Tool | null;
    }
  | { readonly kind: 'failed'; readonly problems: readonly ArgumentProblem[] };

export const tools: readonly Tool[] = ['llama-server', 'llama-bench', 'llama-fit-params'];

/** Splits a line and takes what stands before the arguments away: variables set for the program, and its name. */
export function readLine(line: string): ReadLine {
  const split = splitWords(line);
  if (split.kind === 'unreadable') {
    const message = `The arguments cannot be read at character ${split.offset + 1}. ${split.message}`;
    return {
      kind: 'failed',
      problems: [{ argument: line.slice(split.offset, split.offset + 20), position: -1, message }],
    };
  }
  return withoutProgram(split.words);
}

/** The same of words that are split already. */
export function withoutProgram(words: readonly string[]): ReadLine {
  let at = 0;
  const problems: ArgumentProblem[] = [];
  while (isAssignment(words[at])) {
    const name = words[at]!.slice(0, words[at]!.indexOf('='));
    if (name.startsWith('LLAMA_ARG_')) {
      const message = `${name} sets an argument through the environment, which is not read; write it as an option.`;
      problems.push({ argument: words[at]!, position: at, message });
    }
    at++;
  }
  if (problems.length > 0) return { kind: 'failed', problems };
  const tool = toolOf(words[at]);
  return { kind: 'read', argv: words.slice(tool === null ? at : at + 1), tool };
}

function isAssignment(word: string | undefined): boolean {
  return word !== undefined && /^[A-Za-z_][A-Za-z0-9_]*=/u.test(word);
}

function toolOf(word: string | undefined): Tool | null {
  const name = word
    ?.split(/[\\/]/u)
    .at(-1)
    ?.replace(/\.exe$/iu, '');
  return tools.find((tool) => tool === name) ?? null;
}

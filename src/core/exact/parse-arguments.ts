import type { Tool } from '../plan/settings';
import {
  type ArgumentDraft,
  type ArgumentProblem,
  defaultsOf,
  type ExactArguments,
  type ParsedArguments,
} from './arguments';
import { benchOptions, emptyLists, settleLists } from './bench-options';
import {
  benchNames,
  dryRunNames,
  endingNames,
  type OptionNames,
  removedNames,
  serverNames,
  uncountedOptions,
} from './option-names';
import { serverOnly, shapingOptions } from './options';
import type { ShapingOption } from './shaping-option';

/** More words than any command line has; llama.cpp's longest have some hundred. */
const MOST_WORDS = 20_000;

/**
 * What these words mean to a tool of llama.cpp v0.5.0: every option it has is read or known to have no part in memory; any other
 * word is a problem, never ignored. As in llama.cpp, a later value replaces an earlier one, and `_` in a long option is `-`.
 */
export function parseArguments(argv: readonly string[], tool: Tool): ParsedArguments {
  if (argv.length > MOST_WORDS) {
    const message = `There are more than ${MOST_WORDS} words.`;
    return { kind: 'failed', problems: [{ argument: '', position: -1, message }] };
  }
  const draft = defaultsOf(tool);
  const lists = emptyLists();
  const known = optionsOf(tool, tool === 'llama-bench' ? benchOptions(lists) : shapingOptions);
  const problems: ArgumentProblem[] = [];
  let at = 0;
  while (at < argv.length) {
    const step = readOption(draft, argv, at, known);
    if (step.problem !== null) problems.push({ argument: argv[at]!, position: at, message: step.problem });
    at += step.words;
  }
  if (tool === 'llama-bench') settleLists(draft, lists);
  return problems.length > 0
    ? { kind: 'failed', problems }
    : { kind: 'parsed', arguments: finish(draft, argv) };
}

interface KnownOptions {
  readonly tool: Tool;
  readonly shaping: ReadonlyMap<string, ShapingOption>;
  readonly names: OptionNames;
}

function optionsOf(tool: Tool, shaping: ReadonlyMap<string, ShapingOption>): KnownOptions {
  const names = { 'llama-server': serverNames, 'llama-bench': benchNames, 'llama-fit-params': dryRunNames };
  return { tool, shaping, names: names[tool] };
}

interface Step {
  readonly words: number;
  readonly problem: string | null;
}

function readOption(draft: ArgumentDraft, argv: readonly string[], at: number, known: KnownOptions): Step {
  const written = argv[at]!;
  const name = written.startsWith('--') ? written.replaceAll('_', '-') : written;
  const own = known.tool === 'llama-fit-params' && serverOnly.has(name) ? undefined : known.shaping.get(name);
  if (own !== undefined) return shape(draft, argv, at, own);
  if (endingNames.has(name))
    return { words: 1, problem: `${written} prints and ends: nothing would be run.` };
  if (known.names.plain.has(name)) return ignore(draft, argv, at, 1);
  if (known.names.valued.has(name)) return ignore(draft, argv, at, 2);
  const missing = Object.hasOwn(uncountedOptions, name) ? uncountedOptions[name]! : undefined;
  if (missing !== undefined) {
    draft.uncounted.push({ option: written, what: missing.what });
    return taken(argv, at, 1 + missing.values);
  }
  return foreign(draft, argv, at, known.tool, name);
}

function shape(draft: ArgumentDraft, argv: readonly string[], at: number, option: ShapingOption): Step {
  if (option.values === 0) return { words: 1, problem: option.read(draft, '') };
  const value = argv[at + 1];
  if (value === undefined) return { words: 1, problem: `${argv[at]!} wants a value.` };
  const wrong = option.read(draft, value);
  return { words: 2, problem: wrong === null ? null : `${argv[at]!} does not take "${value}". ${wrong}` };
}

function ignore(draft: ArgumentDraft, argv: readonly string[], at: number, words: number): Step {
  draft.ignored.push(argv.slice(at, at + words).join(' '));
  return taken(argv, at, words);
}

function taken(argv: readonly string[], at: number, words: number): Step {
  const problem = at + words > argv.length ? `${argv[at]!} wants a value.` : null;
  return { words, problem };
}

/** An option that only another of the tools has is read as that tool reads it, and said; anything else is a problem. */
function foreign(draft: ArgumentDraft, argv: readonly string[], at: number, tool: Tool, name: string): Step {
  const written = argv[at]!;
  const shared = shapingOptions.get(name);
  const plain = serverNames.plain.has(name) || dryRunNames.plain.has(name);
  const valued = serverNames.valued.has(name) || dryRunNames.valued.has(name);
  if (shared === undefined && !plain && !valued) return { words: 1, problem: unknownWord(written) };
  draft.findings.push({
    severity: 'warning',
    code: 'option-of-another-tool',
    path: null,
    message: `${tool} of llama.cpp v0.5.0 has no ${written} and would not start with it; it is judged as ${shared === undefined ? 'absent' : 'llama-server means it'}.`,
    remedy: `Leave ${written} out, or judge for llama-server.`,
  });
  if (shared !== undefined) return shape(draft, argv, at, shared);
  return ignore(draft, argv, at, plain ? 1 : 2);
}

function unknownWord(written: string): string {
  if (removedNames.has(written))
    return `llama.cpp v0.5.0 has no ${written} any more; it is --spec-draft-n-max and the like now.`;
  if (!written.startsWith('-')) return `"${written}" stands where an option is expected.`;
  const equals = written.indexOf('=');
  if (equals > 0 && shapingOptions.has(written.slice(0, equals))) {
    return `llama.cpp wants the value of ${written.slice(0, equals)} as a word of its own, not after an equals sign.`;
  }
  return `llama.cpp v0.5.0 has no option ${written}, as far as this version knows.`;
}

/** Defaults that depend on what else was said. */
function finish(draft: ArgumentDraft, argv: readonly string[]): ExactArguments {
  const {
    unifiedGiven: _,
    contextPerSlot,
    projectorPath,
    projectorOffload,
    projectorDevice,
    companion,
    speculation,
    draftSizes,
    ...settled
  } = draft;
  // llama-server's own number of slots brings one cache for all (`tools/server/server.cpp`)
  const automatic = draft.sequences < 0;
  const sequences = automatic ? AUTOMATIC_SLOTS : draft.sequences;
  const { path, ...second } = companion;
  return {
    ...settled,
    argv,
    sequences,
    unified: automatic || draft.unified,
    context: draft.context ?? (contextPerSlot === null ? null : contextPerSlot * sequences),
    // `src/llama-context.cpp`: no larger than the batch, and 0 is as large
    microBatch: Math.min(draft.batch, draft.microBatch === 0 ? draft.batch : draft.microBatch),
    projector:
      projectorPath === null
        ? null
        : { path: projectorPath, offload: projectorOffload, device: projectorDevice },
    draft: path === null ? null : { path, ...second },
    drafted: Math.max(0, ...speculation.map((type) => draftSizes[type] ?? 0)),
  };
}

const AUTOMATIC_SLOTS = 4;

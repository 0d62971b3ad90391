import { ExpectedError } from '../contract/errors';
import { assertNever } from '../core/assert-never';
import type { ParsedInput } from '../contract/commands';
import type { ArgumentProblem, ExactArguments } from '../core/exact/arguments';
import { ArgumentsError } from '../core/exact/arguments-error';
import { argumentsOf } from '../core/exact/plan-exact';
import { readLine, withoutProgram } from '../core/exact/read-line';
import type { Tool } from '../core/plan/settings';

/** Arguments to judge, as understood. */
export interface ExactQuestion {
  readonly argv: readonly string[];
  readonly tool: Tool;
  readonly given: ExactArguments;
}

/** What the user's own arguments ask. Throws ExpectedError that names each word that cannot stand. */
export function exactQuestion(exact: NonNullable<ParsedInput<'plan.make'>['exact']>): ExactQuestion {
  const line =
    typeof exact.arguments === 'string' ? readLine(exact.arguments) : withoutProgram(exact.arguments);
  if (line.kind === 'failed') throw invalidArguments(line.problems);
  const tool = exact.tool ?? line.tool ?? 'llama-server';
  return asExpected(() => ({ argv: line.argv, tool, given: argumentsOf(line.argv, tool) }));
}

/** Turns what core says of wrong arguments into what a user can act on. */
export function asExpected<Value>(judge: () => Value): Value {
  try {
    return judge();
  } catch (error) {
    throw error instanceof ArgumentsError ? invalidArguments(error.problems) : error;
  }
}

function invalidArguments(problems: readonly ArgumentProblem[]): ExpectedError {
  return new ExpectedError(
    'invalid-arguments',
    problems.map(({ message }) => message).join(' '),
    'Correct the arguments; `llama-server --help` lists those of your build.',
    { problems },
  );
}

/** The model that the arguments name, as a reference; null where they name none. Throws ExpectedError for one that cannot be read. */
export function referenceOf({ model }: ExactArguments): string | null {
  if (model === null) return null;
  switch (model.kind) {
    case 'file':
      return model.value;
    case 'hugging-face':
      return `hf:${model.value}`;
    case 'elsewhere':
      throw new ExpectedError(
        'not-supported',
        `The model ${model.value} lies where Plimsoll does not look.`,
        'Give the model as the reference, before --exact.',
      );
    default:
      return assertNever(model.kind);
  }
}

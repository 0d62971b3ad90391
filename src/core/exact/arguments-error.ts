import type { ArgumentProblem } from './arguments';

/** Arguments that cannot be judged, with what is wrong with each. */
export class ArgumentsError extends Error {
  readonly problems: readonly ArgumentProblem[];

  constructor(problems: readonly ArgumentProblem[]) {
    super(problems.map(({ message }) => message).join(' '));
    this.name = 'ArgumentsError';
    this.problems = problems;
  }
}

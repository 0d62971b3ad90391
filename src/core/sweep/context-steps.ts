/** The smallest context that a slider offers; below it a conversation hardly starts. */
const LEAST = 1024;
/** What is offered where the model does not say how long it was trained. */
const UNTRAINED = 131_072;

/** Contexts to choose from: powers of two with one step between, up to what the model was trained for. */
export function contextSteps(trained: number | null): readonly number[] {
  const most = Math.max(LEAST, trained ?? UNTRAINED);
  const steps: number[] = [];
  for (let step = LEAST; step <= most; step *= 2) {
    steps.push(step);
    if (step * 1.5 < most) steps.push(step * 1.5);
  }
  if (steps.at(-1) !== most) steps.push(most);
  return steps;
}

/** Position of the step that lies nearest to `context`, by ratio. */
export function nearestStep(steps: readonly number[], context: number): number {
  const distances = steps.map((step) => Math.abs(Math.log(step / context)));
  return distances.indexOf(Math.min(...distances));
}

/** A context as people say it: `8K`, `1.25K`, `128K`; the number itself where it is no round one. */
export function shortContext(tokens: number): string {
  const thousands = tokens / 1024;
  return Number.isInteger(thousands * 4) ? `${thousands}K` : String(tokens);
}

import type { Assumption, Plan, Reason, Remedy } from '../plan/schema';
import { DEFAULT_FLOOR } from '../plan/verdict';
import { describePointer } from './figure-specs';
import { fitLines } from './fit-lines';
import { forecastEntries, heldSentence } from './forecast-lines';
import { formatTokenRate, formatValue } from './format';
import { bullets, DEFAULT_LAYOUT, findingLines, section, type Layout } from './layout';
import { memoryTable } from './memory-table';
import { oracleLines } from './oracle-lines';
import { placementLine, planTitle, verdictWord } from './plan-parts';
import { searchLines } from './search-lines';
import { wrapText } from './table';

/** A plan for people: the verdict first, then what it rests on. */
export function planText(plan: Plan, layout: Layout = DEFAULT_LAYOUT): string {
  const lines = [
    `${verdictWord(plan.verdict)}  ${planTitle(plan)}`,
    ...wrapText(placementLine(plan), layout.width, '  '),
    ...section('Why', bullets(whyLines(plan), layout)),
    ...section('What would make it ship', bullets(remedyLines(plan), layout)),
    ...section(
      'What more would need',
      bullets(
        plan.next_steps.map(({ message }) => message),
        layout,
      ),
    ),
    ...section('Forecast', forecastLines(plan, layout)),
    ...section('Tried', searchLines(plan.search, layout)),
    ...section('Flags', plan.flags === '' ? [] : [plan.flags]),
    ...section('Memory', memoryTable(plan.memory, layout)),
    ...section('Beside --fit', fitLines(plan.fit, layout)),
    ...section('By llama-fit-params', oracleLines(plan.oracle, layout)),
    ...section('Worth knowing', findingLines(plan.findings, layout)),
    ...section('Assumptions', assumptionLines(plan.assumptions, layout)),
  ];
  return `${lines.join('\n')}\n`;
}

/** What decided it, and how far its forecast is to be trusted. */
export function whyLines({ reasons, decode }: Plan): readonly string[] {
  const held = heldSentence(decode);
  return [...reasons.map(reasonSentence), ...(held === null ? [] : [held])];
}

/** A reason as a sentence, with the field to measure where one is missing. */
export function reasonSentence(reason: Reason): string {
  if (reason.field === null) return reason.message;
  const name = describePointer(reason.field);
  return reason.message.includes(name) ? reason.message : `${reason.message} (${name})`;
}

/** What would make a refusal ship, or why nothing that was planned would. */
export function remedyLines({ remedies, no_remedy: none, request }: Plan): readonly string[] {
  return none === null ? remedies.map((remedy) => remedySentence(remedy, request)) : [none];
}

/** A remedy as a sentence, with the speed that planning it gave, and how fast it may be where that is below the floor. */
export function remedySentence(
  remedy: Remedy,
  { floor_tok_s: asked }: Pick<Plan['request'], 'floor_tok_s'>,
): string {
  if (remedy.verdict !== 'ship') return `${remedy.message} (then: ${remedy.verdict})`;
  const { decode_tok_s: speed, decode_high_tok_s: high, request, message } = remedy;
  if (speed === null) return message;
  const floor = Number(request['floor_tok_s'] ?? asked ?? DEFAULT_FLOOR);
  const most = high !== null && speed < floor ? `, at best ${formatTokenRate(high)}` : '';
  return `${message} Then ${formatTokenRate(speed)}${most}.`;
}

function forecastLines(plan: Plan, { width }: Layout): string[] {
  return forecastEntries(plan).flatMap(({ label, text }) =>
    wrapText(text, width - 2, ' '.repeat(9), label.padEnd(9)),
  );
}

function assumptionLines(assumptions: readonly Assumption[], layout: Layout): string[] {
  return bullets(
    assumptions.map(
      ({ name, value, unit, basis, source }) => `${name}: ${formatValue(value, unit)} (${basis}: ${source})`,
    ),
    layout,
  );
}

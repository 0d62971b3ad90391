import type { Plan } from '../plan/schema';
import { section, type Layout } from './layout';
import { modelListText, type ListedModel } from './model-list-text';
import { placementLine, planTitle, shortSpeed, totalBytes } from './plan-parts';
import { wrapText } from './table';

/** What a machine can do with the models on it and the models known by name. */
export interface Overview {
  readonly profilePath: string;
  readonly found: readonly ListedModel[];
  readonly catalog: readonly ListedModel[];
}

/** The whole overview for people; it ends with what to do next. */
export function overviewText(overview: Overview, layout: Layout): string {
  const { found, catalog, profilePath } = overview;
  const inner = { width: layout.width - 2 };
  const lines = [
    ...wrapText(`The profile of this machine is in ${profilePath}.`, layout.width),
    ...section('Models found here', found.length === 0 ? ['none'] : modelListText(found, inner)),
    ...section('Models known by name', catalog.length === 0 ? ['none'] : modelListText(catalog, inner)),
    ...nextSteps(bestFit(found), layout),
  ];
  return `${lines.join('\n')}\n`;
}

/** The largest model that ships; null where none does. */
export function bestFit(models: readonly ListedModel[]): { readonly plan: Plan } | null {
  let best: { readonly plan: Plan; readonly bytes: number } | null = null;
  for (const { answer } of models) {
    if (answer.plan?.verdict !== 'ship') continue;
    const bytes = totalBytes(answer.plan.memory) ?? 0;
    if (best === null || bytes > best.bytes) best = { plan: answer.plan, bytes };
  }
  return best;
}

function nextSteps(best: { readonly plan: Plan } | null, { width }: Layout): string[] {
  const open = 'To see it in a browser: npm run serve';
  if (best === null) {
    return [
      ...section(
        'Flags',
        wrapText('No model found here ships. For flags: plimsoll plan FILE.gguf or NAME', width - 2),
      ),
      '',
      open,
    ];
  }
  const { plan } = best;
  return [
    ...section(`Flags for ${planTitle(plan)}`, [plan.flags]),
    '',
    ...wrapText(`It would run with ${placementLine(plan)}, at ${shortSpeed(plan.decode)}.`, width, '  '),
    '',
    open,
  ];
}

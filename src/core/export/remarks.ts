import { oneLine } from './one-line';
import type { Plan } from '../plan/schema';

/** What stands above an exported line, each one line: of what it is, and whether it should be run at all. */
export function remarksOf({ model, verdict }: Plan): readonly string[] {
  const name = model.quant === null ? model.name : `${model.name} ${model.quant}`;
  return [
    oneLine(`${name}, planned by plimsoll`),
    ...(verdict === 'ship' ? [] : [`the verdict was ${verdict}: do not run this as it is`]),
  ];
}

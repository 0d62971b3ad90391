import { Badge } from '@mantine/core';
import type { Assumption } from '../../core/plan/schema';
import { formatValue } from '../../core/report/format';
import { Panel } from '../parts/panel';
import classes from './assumptions-panel.module.css';

const colours: Readonly<Record<Assumption['basis'], string>> = {
  measured: 'starboard',
  read: 'starboard',
  predicted: 'sea',
  requested: 'sea',
  default: 'gray',
  assumed: 'brass',
};

/** What the plan takes as given, on what ground, and from where. */
export function AssumptionsPanel({ assumptions }: { assumptions: readonly Assumption[] }) {
  if (assumptions.length === 0) return null;
  return (
    <Panel title="Assumptions" note="what the figures rest on">
      <ul className={classes.list}>
        {assumptions.map(({ name, value, unit, basis, source }) => (
          <li key={`${name} ${source}`} className={classes.item}>
            <span className={classes.name}>{name.replaceAll('_', ' ')}</span>
            <span className={classes.value}>{formatValue(value, unit)}</span>
            <Badge variant="light" color={colours[basis]} tt="none" fw={550} miw="max-content">
              {basis}
            </Badge>
            <span className={classes.source}>{source}</span>
          </li>
        ))}
      </ul>
    </Panel>
  );
}

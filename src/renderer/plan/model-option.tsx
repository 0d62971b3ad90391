import { Badge } from '@mantine/core';
import type { FoundModel } from '../../contract/records';
import type { CatalogEntry } from '../../core/catalog/schema';
import { formatFileSize, formatInteger, formatParameters } from '../../core/report/format';
import { catalogSize } from './catalog-size';
import classes from './model-option.module.css';

const badgeColours: Readonly<Record<string, string>> = {
  dense: 'gray',
  mixture: 'sea',
  sliding: 'starboard',
  latent: 'brass',
  hybrid: 'port',
  ship: 'starboard',
  refuse: 'port',
  unknown: 'brass',
};

/** A model of the catalog in the list: its kinds, its parameters, what it weighs. */
export function CatalogOption({ entry, quant }: { entry: CatalogEntry; quant: string | null }) {
  const { total, active } = entry.parameters;
  const count =
    active !== null && total !== null && active < total
      ? `${formatParameters(total)}, ${formatParameters(active)} active`
      : formatParameters(total);
  const size = catalogSize(entry.name, quant);
  return (
    <Option title={entry.title} badges={entry.kinds} detail={size === null ? count : `${count} · ${size}`} />
  );
}

/** A model file on this machine in the list: whose folder it lies in, what its header says, and its verdict; or why it cannot be read. */
export function FoundOption({ model }: { model: FoundModel }) {
  const { name, origin, bytes, quant, architecture, context_trained, verdict, failure } = model;
  const facts = [
    formatFileSize(bytes),
    quant,
    architecture,
    context_trained === null ? null : `${formatInteger(context_trained)} tokens`,
  ];
  const badges = verdict === null ? [origin] : [verdict, origin];
  const detail = failure?.message ?? facts.filter((fact) => fact !== null).join(' · ');
  return <Option title={name} badges={badges} detail={detail} />;
}

interface OptionProps {
  readonly title: string;
  readonly badges: readonly string[];
  readonly detail: string;
}

function Option({ title, badges, detail }: OptionProps) {
  return (
    <div className={classes.option}>
      <span className={classes.title}>{title}</span>
      <span className={classes.badges}>
        {badges.map((badge) => (
          <Badge
            key={badge}
            size="sm"
            variant="light"
            color={badgeColours[badge] ?? 'gray'}
            tt="none"
            fw={550}
          >
            {badge}
          </Badge>
        ))}
      </span>
      <span className={classes.detail}>{detail}</span>
    </div>
  );
}

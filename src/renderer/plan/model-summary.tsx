import type { Model } from '../../core/model/schema';
import { formatFileSize, formatInteger, formatParameters } from '../../core/report/format';
import classes from './model-summary.module.css';

/** What the model is made of, in a line. */
export function ModelSummary({ model }: { model: Model }) {
  const { parameters, experts } = model;
  const bytes = model.tensors.reduce((sum, tensor) => sum + tensor.bytes, 0);
  const facts: readonly (readonly [string, string])[] = [
    ['Architecture', model.architecture ?? 'unknown'],
    ['Quantisation', model.quant ?? 'unknown'],
    ['Weights', formatFileSize(model.tensors.length === 0 ? null : bytes)],
    ['Parameters', formatParameters(parameters.total)],
    ...(experts === null
      ? []
      : ([
          ['Active', formatParameters(parameters.active)],
          ['Experts', `${experts.used ?? 'unknown'} of ${experts.count}`],
        ] as const)),
    ['Layers', formatInteger(model.block_count)],
    ['Trained context', formatInteger(model.context_trained)],
  ];
  return (
    <div className={classes.summary}>
      <h3 className={classes.name}>{model.name}</h3>
      <dl className={classes.facts}>
        {facts.map(([term, value]) => (
          <div key={term}>
            <dt>{term}</dt>
            <dd>{value}</dd>
          </div>
        ))}
      </dl>
    </div>
  );
}

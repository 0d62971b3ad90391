import type { Finding } from '../finding';
import { parameterDictionary } from './parameters';
import { scenarioLabels, scenarioNames } from './scenarios';
import type { Fleet, Scenario } from './size-fleet';

/** A fleet as the sizing that came before prints it, with what is new behind it. Figures are not rounded. */
export function fleetJson(fleet: Fleet): Readonly<Record<string, unknown>> {
  return {
    inputs: inputsOf(fleet),
    parameter_dictionary: parameterDictionary,
    scenarios: Object.fromEntries(scenarioNames.map((name) => [name, scenarioJson(fleet.scenarios[name])])),
    alerts: fleet.alerts.map((alert) => sentenceOf(alert)),
    layout: fleet.layout,
    session_bytes: { mean: fleet.load.mean, deviation: fleet.load.deviation, longest: fleet.load.longest },
    findings: fleet.alerts,
  };
}

function inputsOf({ model, server, storage, request, kv_precision: precision, context }: Fleet): unknown {
  const { layers: _, ...described } = model;
  return {
    model: {
      ...described,
      hybrid_full_layers: model.full_layers,
      hybrid_sliding_layers: model.sliding_layers,
    },
    server,
    storage,
    nfr: { ...request, kv_precision: precision, counted_context: context },
  };
}

function scenarioJson({ name, configuration, results, rationale, warnings }: Scenario): unknown {
  const { title, risk, sla } = scenarioLabels[name];
  return {
    name: title,
    risk,
    sla,
    configuration,
    results,
    rationale,
    warnings: warnings.map((finding) => sentenceOf(finding)),
  };
}

function sentenceOf({ severity, message, remedy }: Finding): string {
  const word = severity === 'error' ? 'ERROR' : severity === 'warning' ? 'ALERT' : 'NOTE';
  return [`${word}: ${message}`, remedy ?? ''].join(' ').trim();
}

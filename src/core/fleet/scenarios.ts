import { assertNever } from '../assert-never';
import type { FleetRequest, HaMode } from './schema';

export const scenarioNames = ['minimum', 'recommended', 'ideal'] as const;
export type ScenarioName = (typeof scenarioNames)[number];

/** What a scenario assumes. */
export interface Configuration {
  readonly peak_headroom_ratio: number;
  readonly ha_mode: HaMode;
  readonly ha_extra_nodes: number;
  readonly kv_budget_ratio: number;
}

/** What a scenario is for people. */
export interface ScenarioLabel {
  readonly title: string;
  readonly risk: 'high' | 'medium' | 'low';
  readonly sla: string;
  readonly use: string;
}

/** The ideal scenario keeps at least so much for peaks, and gives the cache at most so much. */
const IDEAL_HEADROOM = 0.3;
const IDEAL_BUDGET = 0.65;

const extraNodes: Readonly<Record<HaMode, number>> = { none: 0, 'n+1': 1, 'n+2': 2 };

export const scenarioLabels: Readonly<Record<ScenarioName, ScenarioLabel>> = {
  minimum: {
    title: 'MINIMUM',
    risk: 'high',
    sla: '< 99 %',
    use: 'trials, development, and the least that it can cost',
  },
  recommended: {
    title: 'RECOMMENDED',
    risk: 'medium',
    sla: '99.9 %',
    use: 'production: one node may fail, and nodes are serviced in turn',
  },
  ideal: {
    title: 'IDEAL',
    risk: 'low',
    sla: '99.99 % and more',
    use: 'where an outage costs more than the nodes: two may fail',
  },
};

/**
 * The minimum has no room for peaks and no spare node; the recommended what was asked for; the ideal at least 30 % for peaks, at
 * most 65 % for the cache, and two spare nodes.
 */
export function configurationOf(name: ScenarioName, request: FleetRequest): Configuration {
  const { kv_budget_ratio: ratio, peak_headroom_ratio: headroom, ha_mode: mode } = request;
  switch (name) {
    case 'minimum':
      return configured(0, 'none', ratio);
    case 'recommended':
      return configured(headroom, mode, ratio);
    case 'ideal':
      return configured(Math.max(headroom, IDEAL_HEADROOM), 'n+2', Math.min(ratio, IDEAL_BUDGET));
    default:
      return assertNever(name);
  }
}

function configured(peak: number, spare: HaMode, budget: number): Configuration {
  return {
    peak_headroom_ratio: peak,
    ha_mode: spare,
    ha_extra_nodes: extraNodes[spare],
    kv_budget_ratio: budget,
  };
}

import { Stack, Table, Text } from '@mantine/core';
import type { Compared, NodeTable } from '../../core/fleet/compare';
import { scenarioLabels, scenarioNames } from '../../core/fleet/scenarios';
import type { Fleet, Scenario } from '../../core/fleet/size-fleet';
import { formatCapex, formatNodes, formatPrice } from '../../core/report/fleet-text';
import { formatInteger } from '../../core/report/format';
import { Panel } from '../parts/panel';
import figures from '../parts/figures.module.css';
import classes from './fleet.module.css';

type Row = readonly [label: string, text: (scenario: Scenario) => string];

const costRows: readonly Row[] = [
  ['Cost', ({ results }) => formatPrice(results.cost)],
  ['Cost of a session', ({ results }) => formatPrice(results.cost_per_session)],
];

/** The three scenarios side by side. */
export function ScenarioTable({ fleet }: { fleet: Fleet }) {
  const { scenarios } = fleet;
  const priced = scenarios.minimum.results.cost !== null;
  const rows: readonly Row[] = [
    ['Nodes', ({ results }) => formatNodes(results.nodes_final)],
    ['for the sessions alone', ({ results }) => formatNodes(results.nodes_capacity)],
    ['with room for peaks', ({ results }) => formatNodes(results.nodes_with_headroom)],
    ['Sessions a node', ({ results }) => formatInteger(results.sessions_per_node)],
    ['Cache of a session', ({ results }) => `${results.kv_per_session_gib.toFixed(2)} GiB`],
    ['Cache of all sessions', ({ results }) => `${results.kv_total_tib.toFixed(2)} TiB`],
    ['Memory of a node', ({ results }) => `${results.hbm_total_gib.toFixed(1)} GiB`],
    ['of it for caches', ({ results }) => `${results.kv_budget_gib.toFixed(1)} GiB`],
    ['Cost beside the minimum', ({ results }) => formatCapex(results.capex_relative)],
    ...(priced ? costRows : []),
    ['Risk of outage', ({ name }) => scenarioLabels[name].risk],
    ['Availability', ({ name }) => scenarioLabels[name].sla],
  ];
  return (
    <Table.ScrollContainer minWidth={440} type="native">
      <Table verticalSpacing={5} className={figures.table}>
        <caption className={figures.caption}>Scenarios</caption>
        <Table.Thead>
          <Table.Tr>
            <Table.Td />
            {scenarioNames.map((name) => (
              <Table.Th key={name} scope="col" className={figures.number}>
                {titleCase(scenarioLabels[name].title)}
              </Table.Th>
            ))}
          </Table.Tr>
        </Table.Thead>
        <Table.Tbody>
          {rows.map(([label, text]) => (
            <Table.Tr key={label}>
              <Table.Th scope="row" fw={label === 'Nodes' ? 640 : 400}>
                {label}
              </Table.Th>
              {scenarioNames.map((name) => (
                <Table.Td key={name} className={figures.number} fw={label === 'Nodes' ? 640 : 400}>
                  {text(scenarios[name])}
                </Table.Td>
              ))}
            </Table.Tr>
          ))}
        </Table.Tbody>
      </Table>
    </Table.ScrollContainer>
  );
}

/** Where each figure of the recommended scenario comes from. */
export function RationalePanel({ fleet }: { fleet: Fleet }) {
  const { rationale } = fleet.scenarios.recommended;
  return (
    <Panel title="Where the figures come from" note="recommended">
      <Stack gap={6}>
        {Object.entries(rationale).map(([name, { formula, inputs, explanation }]) => (
          <details key={name} className={classes.reason}>
            <summary>{name}</summary>
            <Text size="sm" ff="monospace" style={{ overflowWrap: 'anywhere' }}>
              {formula}
            </Text>
            <Text size="sm" c="dimmed" style={{ overflowWrap: 'anywhere' }}>
              {Object.entries(inputs)
                .map(([input, value]) => `${input} = ${value ?? 'unknown'}`)
                .join(', ')}
            </Text>
            <Text size="sm">{explanation}</Text>
          </details>
        ))}
      </Stack>
    </Panel>
  );
}

/** The same sessions on other servers. */
export function ComparisonPanel({ compared }: { compared: readonly Compared[] }) {
  return (
    <Panel title="Servers side by side">
      <Table.ScrollContainer minWidth={560} type="native">
        <Table verticalSpacing={5} className={figures.table}>
          <caption className={figures.caption}>Servers side by side</caption>
          <Table.Thead>
            <Table.Tr>
              <Table.Th scope="col">Server</Table.Th>
              {['Memory', 'Sessions a node', 'Minimum', 'Recommended', 'Ideal', 'Cost, recommended'].map(
                (title) => (
                  <Table.Th key={title} scope="col" className={figures.number}>
                    {title}
                  </Table.Th>
                ),
              )}
            </Table.Tr>
          </Table.Thead>
          <Table.Tbody>
            {compared.map(({ server, fleet, failure }) => (
              <Table.Tr key={server.name}>
                <Table.Th scope="row" fw={400}>
                  {server.name}
                </Table.Th>
                <Table.Td className={figures.number}>{`${formatInteger(server.total_hbm_gb)} GB`}</Table.Td>
                {fleet === null ? (
                  <Table.Td colSpan={5}>{failure}</Table.Td>
                ) : (
                  <ComparedCells fleet={fleet} />
                )}
              </Table.Tr>
            ))}
          </Table.Tbody>
        </Table>
      </Table.ScrollContainer>
    </Panel>
  );
}

function ComparedCells({ fleet: { scenarios } }: { fleet: Fleet }) {
  return (
    <>
      <Table.Td className={figures.number}>
        {formatInteger(scenarios.recommended.results.sessions_per_node)}
      </Table.Td>
      {scenarioNames.map((name) => (
        <Table.Td key={name} className={figures.number}>
          {formatNodes(scenarios[name].results.nodes_final)}
        </Table.Td>
      ))}
      <Table.Td className={figures.number}>{formatPrice(scenarios.recommended.results.cost)}</Table.Td>
    </>
  );
}

/** Recommended nodes over sessions and context. */
export function NodeTablePanel({ table }: { table: NodeTable }) {
  return (
    <Panel title="Recommended nodes over sessions and context">
      <Table.ScrollContainer minWidth={460} type="native">
        <Table verticalSpacing={5} className={figures.table}>
          <caption className={figures.caption}>Recommended nodes over sessions and context</caption>
          <Table.Thead>
            <Table.Tr>
              <Table.Th scope="col">Context</Table.Th>
              {table.concurrencies.map((count) => (
                <Table.Th key={count} scope="col" className={figures.number}>
                  {`${formatInteger(count)} sessions`}
                </Table.Th>
              ))}
            </Table.Tr>
          </Table.Thead>
          <Table.Tbody>
            {table.contexts.map((context, row) => (
              <Table.Tr key={context}>
                <Table.Th scope="row" fw={400}>
                  {formatInteger(context)}
                </Table.Th>
                {table.nodes[row]!.map((nodes, column) => (
                  <Table.Td key={table.concurrencies[column]} className={figures.number}>
                    {formatNodes(nodes)}
                  </Table.Td>
                ))}
              </Table.Tr>
            ))}
          </Table.Tbody>
        </Table>
      </Table.ScrollContainer>
    </Panel>
  );
}

function titleCase(word: string): string {
  return word.charAt(0) + word.slice(1).toLowerCase();
}

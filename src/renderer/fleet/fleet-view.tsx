import { Alert, Button, Group, Stack, Text, Title } from '@mantine/core';
import { useDeferredValue, useMemo } from 'react';
import type { Catalog } from '../../core/catalog/catalog';
import { compareServers } from '../../core/fleet/compare';
import { fleetJson } from '../../core/fleet/fleet-json';
import type { Fleet, FleetQuestion } from '../../core/fleet/size-fleet';
import { executiveHtml, executiveMarkdown } from '../../core/report/fleet-executive';
import { fleetText, formatNodes } from '../../core/report/fleet-text';
import { CatalogFrame } from '../parts/catalog-frame';
import { FindingsList } from '../parts/findings-list';
import { Panel } from '../parts/panel';
import { saveText } from '../parts/save-text';
import { useStored } from '../state/use-stored';
import { FleetCharts } from './fleet-charts';
import { acceptFleet, FleetInputs } from './fleet-inputs';
import { type FleetChoice, sizeChoice, usualFleet } from './fleet-question';
import { nodesAround } from './fleet-series';
import { ComparisonPanel, NodeTablePanel, RationalePanel, ScenarioTable } from './fleet-tables';
import classes from './fleet.module.css';

/** How many servers so many sessions need, worked out while one types. */
export function FleetView() {
  return (
    <Stack gap="md">
      <Title order={1} size="h2">
        A fleet of servers
      </Title>
      <CatalogFrame>{(catalog) => <Sizing catalog={catalog} />}</CatalogFrame>
    </Stack>
  );
}

function Sizing({ catalog }: { catalog: Catalog }) {
  const [choice, setChoice] = useStored<FleetChoice>('plimsoll-fleet', usualFleet, acceptFleet);
  const asked = useDeferredValue(choice);
  const sized = useMemo(() => sizeChoice(asked, catalog), [asked, catalog]);
  return (
    <>
      <Panel
        title="What is asked for"
        actions={
          <Button size="compact-sm" variant="subtle" onClick={() => setChoice(usualFleet)}>
            Defaults
          </Button>
        }
      >
        <FleetInputs
          choice={choice}
          catalog={catalog}
          onChange={(change) => setChoice((before) => ({ ...before, ...change }))}
        />
      </Panel>
      {sized.kind === 'refused' ? (
        <Alert color="port" role="alert" title={sized.message}>
          {sized.remedy}
        </Alert>
      ) : (
        <Answer question={sized.question} fleet={sized.fleet} catalog={catalog} compare={asked.compare} />
      )}
    </>
  );
}

interface AnswerProps {
  readonly question: FleetQuestion;
  readonly fleet: Fleet;
  readonly catalog: Catalog;
  readonly compare: readonly string[];
}

function Answer({ question, fleet, catalog, compare }: AnswerProps) {
  const others = useMemo(
    () => catalog.servers.filter(({ name }) => compare.includes(name) && name !== question.server.name),
    [catalog, compare, question],
  );
  const compared = useMemo(() => compareServers(question, [question.server, ...others]), [question, others]);
  const table = useMemo(() => nodesAround(question), [question]);
  return (
    <>
      <Panel title="Scenarios" actions={<SaveButtons fleet={fleet} />}>
        <Stack gap="md">
          <Text className={classes.answer} role="status" aria-live="polite">
            {sentenceOf(fleet)}
          </Text>
          <Text size="sm" c="dimmed">
            {layoutSentence(fleet)}
          </Text>
          <ScenarioTable fleet={fleet} />
        </Stack>
      </Panel>
      {fleet.alerts.length === 0 ? null : (
        <Panel title="Alerts and risks">
          <FindingsList findings={fleet.alerts} />
        </Panel>
      )}
      <FleetCharts question={question} fleet={fleet} />
      <NodeTablePanel table={table} />
      {others.length === 0 ? null : <ComparisonPanel compared={compared} />}
      <RationalePanel fleet={fleet} />
    </>
  );
}

function sentenceOf({ server, scenarios }: Fleet): string {
  const { recommended, minimum } = scenarios;
  return recommended.results.nodes_final === null
    ? `Not one session fits a ${server.name}.`
    : `${formatNodes(recommended.results.nodes_final)} × ${server.name} recommended, ${formatNodes(minimum.results.nodes_final)} at least.`;
}

function layoutSentence({ layout, server }: Fleet): string {
  return layout.kind === 'flat'
    ? `A flat ${layout.overhead_gib} GiB of each node are for weights, activations and runtime.`
    : `${layout.weights_gib.toFixed(1)} GiB of weights on ${layout.tensor_parallel} of ${server.gpus} cards, ${layout.replicas_per_node} ${layout.replicas_per_node === 1 ? 'copy' : 'copies'} a node, ${layout.reserve_per_gpu_gib} GiB of each card for the runtime.`;
}

function SaveButtons({ fleet }: { fleet: Fleet }) {
  return (
    <Group gap="xs">
      <Button
        size="xs"
        variant="default"
        onClick={() => saveText('fleet.json', `${JSON.stringify(fleetJson(fleet), null, 2)}\n`)}
      >
        JSON
      </Button>
      <Button
        size="xs"
        variant="default"
        onClick={() =>
          saveText('fleet.txt', `${fleetText(fleet, { width: 100 }).join('\n')}\n`, 'text/plain')
        }
      >
        Report
      </Button>
      <Button
        size="xs"
        variant="default"
        onClick={() => saveText('fleet.md', executiveMarkdown(fleet), 'text/markdown')}
      >
        Executive (Markdown)
      </Button>
      <Button
        size="xs"
        variant="default"
        onClick={() => saveText('fleet.html', executiveHtml(fleet), 'text/html')}
      >
        Executive (to print)
      </Button>
    </Group>
  );
}

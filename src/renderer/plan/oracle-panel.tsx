import { Button, Stack, Table, Text } from '@mantine/core';
import type { Oracle } from '../../core/plan/oracle-schema';
import { oracleCells } from '../../core/report/oracle-lines';
import type { PlanRequest } from '../../core/plan/schema';
import type { Profile } from '../../core/profile/schema';
import { FailureAlert } from '../parts/failure-alert';
import { FindingsList } from '../parts/findings-list';
import { Panel } from '../parts/panel';
import type { ExactLine } from '../planner/messages';
import { useClientCall } from '../state/use-client-call';

interface OraclePanelProps {
  /** What `plan.make` takes for the model at hand. */
  readonly reference: string;
  readonly profile: Profile;
  readonly request: PlanRequest;
  readonly exact: ExactLine | null;
}

/** llama.cpp's own dry run of the same arguments, on demand. */
export function OraclePanel({ reference, profile, request, exact }: OraclePanelProps) {
  const { state, run } = useClientCall('plan.make');
  const ask = () =>
    void run({
      reference,
      profile,
      request,
      exact: exact === null ? null : { arguments: exact.line, tool: exact.tool },
      oracle: { program: null },
    });
  const running = state.kind === 'running';
  return (
    <Panel
      title="By llama.cpp"
      note="its own dry run of these arguments"
      actions={
        <Button size="xs" variant="default" loading={running} onClick={ask}>
          Ask llama.cpp
        </Button>
      }
    >
      {state.kind === 'failed' ? <FailureAlert failure={state.failure} /> : null}
      {state.kind === 'done' && state.output.oracle !== null ? (
        <Stack gap="sm">
          <Answer oracle={state.output.oracle} />
          <FindingsList findings={state.output.findings.filter(({ code }) => code === 'oracle-disagrees')} />
        </Stack>
      ) : null}
    </Panel>
  );
}

function Answer({ oracle }: { oracle: Oracle }) {
  return (
    <>
      {oracle.rows.length === 0 ? null : (
        <Table.ScrollContainer minWidth={420} type="native">
          <Table verticalSpacing={6}>
            <Table.Thead>
              <Table.Tr>
                <Table.Th scope="col">Whose figures</Table.Th>
                <Table.Th scope="col">Weights</Table.Th>
                <Table.Th scope="col">Context</Table.Th>
                <Table.Th scope="col">Compute</Table.Th>
              </Table.Tr>
            </Table.Thead>
            <Table.Tbody>
              {oracleCells(oracle).map(([whose, ...figures]) => (
                <Table.Tr key={whose}>
                  <Table.Th scope="row" fw={400}>
                    {whose}
                  </Table.Th>
                  {figures.map((figure, column) => (
                    // oxlint-disable-next-line react/no-array-index-key -- columns never move
                    <Table.Td key={column}>{figure}</Table.Td>
                  ))}
                </Table.Tr>
              ))}
            </Table.Tbody>
          </Table>
        </Table.ScrollContainer>
      )}
      {oracle.reason === null ? null : <Text size="sm">{oracle.reason}</Text>}
    </>
  );
}

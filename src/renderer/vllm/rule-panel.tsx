import { Table, Text } from '@mantine/core';
import { ruleRows } from '../../core/report/vllm-text';
import type { VllmPlan } from '../../core/vllm/schema';
import { Panel } from '../parts/panel';
import figures from '../parts/figures.module.css';

/** The usual estimate beside the account above. */
export function RulePanel({ plan }: { plan: VllmPlan }) {
  const rule = plan.rule_of_thumb;
  return (
    <Panel title="Rule of thumb" note="over the cards of one copy">
      {rule === null ? (
        <Text c="dimmed">Not known for this model or these cards.</Text>
      ) : (
        <>
          <Table verticalSpacing={6} aria-label="Rule of thumb" className={figures.table}>
            <Table.Tbody>
              {ruleRows(rule).map(([name, value]) => (
                <Table.Tr key={name}>
                  <Table.Th scope="row" fw={400}>
                    {name}
                  </Table.Th>
                  <Table.Td ta="right">{value}</Table.Td>
                </Table.Tr>
              ))}
            </Table.Tbody>
          </Table>
          {rule.warnings.map((warning) => (
            <Text key={warning} size="sm" c="dimmed" mt="xs">
              {warning}
            </Text>
          ))}
        </>
      )}
    </Panel>
  );
}

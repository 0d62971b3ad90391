import { Stack, Text } from '@mantine/core';
import type { Plan } from '../../core/plan/schema';
import type { Receipt } from '../../core/receipt/schema';
import { formatInteger, formatRate, formatTokenRate } from '../../core/report/format';
import { Disclosure } from '../parts/disclosure';
import { LoadBar } from '../plan/load-bar';
import classes from './receipts-view.module.css';

/** The plan that the run was held against: what it said of speed and memory, and its flags. */
export function PlanBeside({ receipt: { plan } }: { receipt: Receipt }) {
  if (plan === null) {
    return (
      <Text size="sm" c="dimmed">
        The plan itself was not kept with this receipt; what it predicted is.
      </Text>
    );
  }
  return (
    <Stack gap="sm" component="section" aria-label="The plan">
      <Text className={classes.title}>The plan</Text>
      <Text size="sm">{sentenceOf(plan)}</Text>
      {plan.memory.map((row) => (
        <LoadBar key={row.device} row={row} />
      ))}
      <Disclosure title="Its flags">
        <pre className={classes.flags} tabIndex={0} aria-label="Flags of the plan">
          {plan.flags}
        </pre>
      </Disclosure>
    </Stack>
  );
}

function sentenceOf({ verdict, placement, decode }: Plan): string {
  const { low_tok_s: low, high_tok_s: high, ceiling_tok_s: ceiling } = decode;
  const words = [
    `${verdict}, for a context of ${formatInteger(placement.context)}`,
    low === null || high === null ? null : `decode from ${formatRate(low)} to ${formatTokenRate(high)}`,
    ceiling === null ? null : `never above ${formatTokenRate(ceiling)}`,
  ].filter((part) => part !== null);
  return `${words.join('; ')}.`.replace(/^./u, (letter) => letter.toUpperCase());
}

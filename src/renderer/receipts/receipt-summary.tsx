import { Text } from '@mantine/core';
import { summarise } from '../../core/receipt/compare-receipt';
import type { ReceiptHead } from '../../core/receipt/receipt-head';
import { receiptSummaryText } from '../../core/report/receipt-list-text';
import classes from './receipts-view.module.css';

/** One line is as long as it needs to be: the page wraps it. */
const LAYOUT = { width: 10_000 };

/** How well the forecasts held over the receipts that are shown. */
export function ReceiptSummary({ receipts }: { receipts: readonly ReceiptHead[] }) {
  const [sentence, ...memory] = receiptSummaryText(summarise(receipts), LAYOUT)
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line !== '');
  return (
    <div>
      <Text>{sentence}</Text>
      {memory.length < 2 ? null : (
        <Text size="sm" c="dimmed" className={classes.memory}>
          {memory[0]}: {memory.slice(1).join(' · ')}
        </Text>
      )}
    </div>
  );
}

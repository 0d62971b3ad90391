import { Text } from '@mantine/core';
import { summarise } from '../../core/receipt/compare-receipt';
import type { ReceiptHead } from '../../core/receipt/receipt-head';
import { receiptSummaryText } from '../../core/report/receipt-list-text';

/** One line is as long as it needs to be: the page wraps it. */
const LAYOUT = { width: 10_000 };

/** How well the forecasts held over the receipts that are shown. */
export function ReceiptSummary({ receipts }: { receipts: readonly ReceiptHead[] }) {
  const sentence = receiptSummaryText(summarise(receipts), LAYOUT)
    .split('\n')
    .find((line) => line.trim() !== '');
  return <Text>{sentence}</Text>;
}

import type { ReceiptHead } from '../../core/receipt/receipt-head';

/** What of the receipts is shown; an empty text is everything. */
export interface ReceiptFilter {
  readonly model: string;
  readonly tool: string;
  readonly place: string;
  /** Disturbed ones too. */
  readonly disturbed: boolean;
}

export const everything: ReceiptFilter = { model: '', tool: '', place: '', disturbed: true };

/** The receipts that pass. */
export function filterReceipts(
  receipts: readonly ReceiptHead[],
  { model, tool, place, disturbed }: ReceiptFilter,
): readonly ReceiptHead[] {
  return receipts.filter(
    (head) =>
      (model === '' || modelOf(head) === model) &&
      (tool === '' || head.tool === tool) &&
      (place === '' || head.place === place) &&
      (disturbed || !head.disturbed),
  );
}

/** What to call the model of a receipt, with its quantisation where the name does not say it. */
export function modelOf({ model, quant }: ReceiptHead): string {
  return quant === null || model.toLowerCase().includes(quant.toLowerCase()) ? model : `${model} ${quant}`;
}

/** The values that a filter offers, each once, sorted. */
export function choicesOf(
  receipts: readonly ReceiptHead[],
  of: (head: ReceiptHead) => string | null,
): string[] {
  return [...new Set(receipts.flatMap((head) => of(head) ?? []))].sort();
}

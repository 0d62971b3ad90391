import { Button, CloseButton, Group, SimpleGrid, Stack, Text } from '@mantine/core';
import { useEffect, useRef, type ReactNode } from 'react';
import type { Receipt } from '../../core/receipt/schema';
import { formatBytes, formatPercent, formatRate, formatTokenRate } from '../../core/report/format';
import { basisOf } from '../../core/report/forecast-lines';
import { atReadingText, formatError, receiptTitle, startsText } from '../../core/report/receipt-text';
import { Disclosure } from '../parts/disclosure';
import { FailureAlert } from '../parts/failure-alert';
import { FindingsList } from '../parts/findings-list';
import { formatTime } from '../parts/format-time';
import { Panel } from '../parts/panel';
import { useClientCall } from '../state/use-client-call';
import { PlanBeside } from './plan-beside';
import classes from './receipts-view.module.css';
import { MemoryTable, SpeedTable } from './receipt-tables';
import { RoutingSection } from './routing-section';

interface ReceiptDetailProps {
  readonly id: string;
  readonly onClose: () => void;
  readonly onRemove: () => void;
}

/** One receipt, with the plan that it was measured against beside it. */
export function ReceiptDetail({ id, onClose, onRemove }: ReceiptDetailProps) {
  const { state, run } = useClientCall('receipt.show');
  useEffect(() => void run({ id }), [run, id]);
  if (state.kind === 'failed') return <FailureAlert failure={state.failure} onClose={onClose} />;
  if (state.kind !== 'done') return null;
  const { receipt } = state.output;
  return (
    <Shown key={id}>
      <Panel
        title={receiptTitle(receipt)}
        note={formatTime(receipt.created)}
        actions={
          <Group gap="xs">
            <Button size="compact-sm" variant="subtle" color="port" onClick={onRemove}>
              Remove this receipt
            </Button>
            <CloseButton aria-label="Close the receipt" onClick={onClose} />
          </Group>
        }
      >
        <Stack gap="lg">
          <Decode receipt={receipt} />
          {receipt.disturbances.length === 0 ? null : (
            <Text size="sm" className={classes.warning}>
              {receipt.disturbances.map(({ message }) => message).join(' ')} Nothing is learnt from it.
            </Text>
          )}
          <SpeedTable receipt={receipt} />
          <MemoryTable receipt={receipt} />
          <PlanBeside receipt={receipt} />
          <RoutingSection receipt={receipt} onChange={() => void run({ id })} />
          <Watched receipt={receipt} />
          {receipt.findings.length === 0 ? null : <FindingsList findings={receipt.findings} />}
          <Conditions receipt={receipt} />
        </Stack>
      </Panel>
    </Shown>
  );
}

/** Comes into sight when it is opened, and takes the keyboard along. */
function Shown({ children }: { children: ReactNode }) {
  const place = useRef<HTMLDivElement>(null);
  useEffect(() => {
    place.current?.scrollIntoView({ block: 'nearest' });
    place.current?.focus({ preventScroll: true });
  }, []);
  return (
    <div ref={place} tabIndex={-1} className={classes.detail}>
      {children}
    </div>
  );
}

function Decode({ receipt }: { receipt: Receipt }) {
  const efficiency = receipt.realized_efficiency_pct;
  const facts = [
    { name: 'Measured decode', value: formatTokenRate(receipt.measured_decode_tok_s) },
    { name: 'Predicted', value: bandText(receipt) },
    { name: 'Error', value: formatError(receipt.decode_error_pct) },
    { name: 'Of the ceiling', value: formatPercent(efficiency === null ? null : efficiency / 100) },
  ];
  const basis = receipt.plan === null ? null : basisOf(receipt.plan.decode);
  const sentences = [
    basis === null ? null : `the prediction’s ${basis}`,
    atReadingText(receipt),
    startsText(receipt),
  ].flatMap((text) => (text === null ? [] : [sentenceOf(text)]));
  return (
    <Stack gap="xs">
      <SimpleGrid cols={{ base: 2, sm: 4 }} component="dl" m={0}>
        {facts.map(({ name, value }) => (
          <div key={name}>
            <Text component="dt" size="sm" c="dimmed">
              {name}
            </Text>
            <Text component="dd" m={0} fw={600}>
              {value}
            </Text>
          </div>
        ))}
      </SimpleGrid>
      {sentences.map((sentence) => (
        <Text key={sentence} size="sm">
          {sentence}
        </Text>
      ))}
    </Stack>
  );
}

function sentenceOf(text: string): string {
  return `${text.charAt(0).toUpperCase()}${text.slice(1)}.`;
}

function bandText({ predicted_decode_tok_s: predicted, plan }: Receipt): string {
  const low = plan?.decode.low_tok_s ?? null;
  const high = plan?.decode.high_tok_s ?? null;
  const band = low === null || high === null ? '' : ` (${formatRate(low)}–${formatRate(high)})`;
  return `${formatTokenRate(predicted)}${band}`;
}

function Watched({ receipt: { envelope, stopped_by: stopped } }: { receipt: Receipt }) {
  if (envelope === null) return null;
  return (
    <Text size="sm">
      Watched for {envelope.seconds.toFixed(1)} s: the process took at most{' '}
      {formatBytes(envelope.peak_rss_bytes)}, {formatPercent(envelope.peak_host_share)} of host memory was in
      use at most, and {formatBytes(envelope.least_available_bytes)} was the least left free.
      {envelope.gpus.map(
        (gpu) =>
          ` ${gpu.device} took at most ${formatBytes(gpu.peak_memory_bytes)} at ${gpu.peak_temperature_c ?? '?'} °C and ${gpu.peak_power_w ?? '?'} W.`,
      )}{' '}
      {stopped === null ? 'It stayed within its limits.' : stopped.message}
    </Text>
  );
}

function Conditions({ receipt: { conditions, notes, id } }: { receipt: Receipt }) {
  return (
    <Disclosure title="Conditions and notes">
      <dl className={classes.conditions}>
        <dt>Receipt</dt>
        <dd>{id}</dd>
        {Object.entries(conditions).map(([name, value]) => (
          <Condition key={name} name={name} value={value} />
        ))}
      </dl>
      {notes.map((note) => (
        <Text key={note} size="sm">
          {note}
        </Text>
      ))}
    </Disclosure>
  );
}

function Condition({ name, value }: { name: string; value: unknown }) {
  const text = textOf(value);
  if (text === '') return null;
  return (
    <>
      <dt>{name.replaceAll('_', ' ')}</dt>
      <dd>{text}</dd>
    </>
  );
}

function textOf(value: unknown): string {
  if (value === null || value === undefined) return '';
  if (Array.isArray(value)) return value.join(' ');
  if (typeof value === 'object') {
    return Object.entries(value)
      .map(([name, each]) => `${name}=${String(each)}`)
      .join(' ');
  }
  return typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean'
    ? String(value)
    : '';
}

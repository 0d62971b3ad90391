import { Code, Stack, Text, Title } from '@mantine/core';
import { useSyncExternalStore, type ReactNode } from 'react';
import { assertNever } from '../core/assert-never';
import { PlimsollMark } from './parts/plimsoll-mark';
import type { Connection, ConnectionState } from './transport/connection';
import classes from './connection-gate.module.css';

/** Shows `children` while the server answers; else says what is wrong, and keeps them as they are underneath. */
export function ConnectionGate({ connection, children }: { connection: Connection; children: ReactNode }) {
  const state = useSyncExternalStore(connection.watch, connection.current);
  if (state === 'no-token') return <Notice {...noticeOf(state)} />;
  return (
    <>
      <div inert={state !== 'connected'}>{children}</div>
      {state === 'connected' ? null : (
        <div className={classes.cover}>
          <Notice {...noticeOf(state)} />
        </div>
      )}
    </>
  );
}

function Notice({ title, text }: { title: string; text: ReactNode }) {
  return (
    <main className={classes.notice} role="alert">
      <Stack align="center" gap="md" maw={480}>
        <PlimsollMark size={56} />
        <Title order={1} size="h2" ta="center">
          {title}
        </Title>
        <Text ta="center" c="dimmed">
          {text}
        </Text>
      </Stack>
    </main>
  );
}

function noticeOf(state: Exclude<ConnectionState, 'connected'>) {
  const start = <Code>plimsoll serve</Code>;
  switch (state) {
    case 'no-token':
      return {
        title: 'This address is not complete',
        text: <>Open the whole address that {start} printed: the part behind # lets this page in.</>,
      };
    case 'refused':
      return {
        title: 'The server does not know this page',
        text: (
          <>It was started anew, or the address is an old one. Open the address that {start} printed last.</>
        ),
      };
    case 'lost':
      return {
        title: 'The server does not answer',
        text: (
          <>
            Trying again. If it was stopped, start {start} and open the address it prints. What you set here
            is kept as long as this page stays open.
          </>
        ),
      };
    default:
      return assertNever(state);
  }
}

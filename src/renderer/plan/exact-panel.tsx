import { Button, Group, Select, Stack, Text, Textarea } from '@mantine/core';
import { useState } from 'react';
import type { Failure } from '../../contract/errors';
import type { ArgumentProblem } from '../../core/exact/arguments';
import { tools } from '../../core/exact/read-line';
import { Disclosure } from '../parts/disclosure';
import { Panel } from '../parts/panel';
import type { ExactStore } from '../state/use-exact';
import type { Outcome } from '../state/use-plan';
import classes from './exact-panel.module.css';

/** The user's own llama.cpp arguments, judged while they are typed. */
export function ExactPanel({ store, outcome }: { store: ExactStore; outcome: Outcome | null }) {
  const { typed, exact, setLine, setTool } = store;
  const [open, setOpen] = useState(exact !== null);
  const problems = exact === null ? [] : problemsOf(outcome);
  return (
    <Panel
      title="Exact arguments"
      note={exact === null ? undefined : 'just these are judged, with the floor and the margins set here'}
      actions={
        exact === null ? null : (
          <Button size="compact-sm" variant="subtle" onClick={() => setLine('')}>
            Clear
          </Button>
        )
      }
    >
      <Disclosure title="Judge arguments of your own" open={open} onToggle={setOpen}>
        <Stack gap="sm" mt="sm">
          <Textarea
            label="Arguments"
            description="As you would type them behind the program, or the whole line; quoted as in a POSIX shell"
            placeholder="-c 8192 -np 1 -ngl 99 -fa on"
            className={classes.field ?? ''}
            autosize
            minRows={2}
            maxRows={10}
            spellCheck={false}
            value={typed.line}
            error={problems.length > 0}
            onChange={(event) => setLine(event.currentTarget.value)}
          />
          {problems.length === 0 ? null : <Problems problems={problems} />}
          <Group>
            <Select
              label="Of"
              data={[...tools]}
              value={typed.tool}
              allowDeselect={false}
              onChange={(value) => {
                const tool = tools.find((name) => name === value);
                if (tool !== undefined) setTool(tool);
              }}
            />
          </Group>
          {exact === null ? (
            <Text size="sm" c="dimmed">
              The tools allocate differently for the same arguments.
            </Text>
          ) : null}
        </Stack>
      </Disclosure>
    </Panel>
  );
}

function Problems({ problems }: { problems: readonly ArgumentProblem[] }) {
  return (
    <ul className={classes.problems} role="alert">
      {problems.map(({ argument, position, message }) => (
        <li key={`${position} ${message}`}>
          <code>{argument}</code>: {message}
        </li>
      ))}
    </ul>
  );
}

/** What is wrong with single words; empty where the failure is about something else. */
export function problemsOf(outcome: Outcome | null): readonly ArgumentProblem[] {
  if (outcome?.kind !== 'failed' || !isAboutArguments(outcome.failure)) return [];
  const problems = outcome.failure.details?.['problems'];
  return Array.isArray(problems) ? (problems as readonly ArgumentProblem[]) : [];
}

function isAboutArguments({ code }: Failure): boolean {
  return code === 'invalid-arguments';
}

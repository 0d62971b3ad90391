import { Group, SegmentedControl } from '@mantine/core';
import { useState } from 'react';
import type { ExplainedFlag, Plan } from '../../core/plan/schema';
import { CopyButton } from '../parts/copy-button';
import { Disclosure } from '../parts/disclosure';
import { Panel } from '../parts/panel';
import { commandLine } from './command-line';
import { ExportMenu } from './export-menu';
import { WholeWords } from '../parts/whole-words';
import classes from './flags-panel.module.css';

/** The line to type, and why each flag stands in it. */
export function FlagsPanel({ plan, os }: { plan: Plan; os: string | null }) {
  const tools = plan.commands.map(({ tool }) => tool);
  const [wanted, setWanted] = useState<string>('llama-server');
  const command = plan.commands.find(({ tool }) => tool === wanted) ?? plan.commands[0];
  if (command === undefined) return null;
  const line = commandLine(plan, command, os);
  return (
    <Panel
      title="Flags"
      note={plan.verdict === 'ship' ? undefined : 'what was judged; do not run them as they are'}
      actions={
        <Group gap="xs">
          {tools.length < 2 ? null : (
            <SegmentedControl
              size="xs"
              aria-label="Tool"
              data={tools}
              value={command.tool}
              onChange={setWanted}
            />
          )}
          <CopyButton text={line} label="Copy flags" />
          {tools.includes('llama-server') ? <ExportMenu plan={plan} /> : null}
        </Group>
      }
    >
      <pre className={classes.line} tabIndex={0} aria-label={`Command line for ${command.tool}`}>
        <code>
          <WholeWords text={line} />
        </code>
      </pre>
      {plan.explained_flags.length === 0 ? null : (
        <div className={classes.why}>
          <Disclosure title="Why each flag">
            <dl className={classes.flags}>
              {plan.explained_flags.map((flag) => (
                <Explanation key={`${flag.flag} ${flag.value}`} flag={flag} />
              ))}
            </dl>
          </Disclosure>
        </div>
      )}
    </Panel>
  );
}

function Explanation({ flag: { flag, value, reason } }: { flag: ExplainedFlag }) {
  return (
    <div className={classes.flag}>
      <dt>
        <code>
          {flag}
          {value === null ? '' : ` ${value}`}
        </code>
      </dt>
      <dd>{reason}</dd>
    </div>
  );
}

import { Button, Group, SegmentedControl, Select } from '@mantine/core';
import { IconDownload } from '@tabler/icons-react';
import { useState } from 'react';
import { artifactsOf } from '../../core/vllm/artifacts/artifacts';
import {
  type ArtifactKind,
  artifactKinds,
  type ScriptShell,
  scriptShells,
  type Serving,
} from '../../core/vllm/artifacts/serving';
import type { VllmPlan } from '../../core/vllm/schema';
import { CopyButton } from '../parts/copy-button';
import { Panel } from '../parts/panel';
import { saveText } from '../parts/save-text';
import classes from '../plan/flags-panel.module.css';

const names: Readonly<Record<ArtifactKind, string>> = {
  serve: 'vllm serve',
  docker: 'Docker',
  compose: 'Compose',
  kubernetes: 'Kubernetes',
};
const shellNames: Readonly<Record<ScriptShell, string>> = {
  posix: 'POSIX shell',
  powershell: 'PowerShell',
  cmd: 'cmd',
};

/** What starts the deployment, to copy or to save. None of it holds a token. */
export function ArtifactsPanel({ plan, serving }: { plan: VllmPlan; serving: Serving }) {
  const [kind, setKind] = useState<ArtifactKind>('serve');
  const [shell, setShell] = useState<ScriptShell>('posix');
  const [artifact] = artifactsOf(plan, serving, [kind], shell);
  if (artifact === undefined) return null;
  const quoted = kind === 'serve' || kind === 'docker';
  return (
    <Panel
      title="What starts it"
      note={plan.verdict === 'ship' ? undefined : 'as asked; it is not known to fit'}
      actions={
        <Group gap="xs">
          <CopyButton text={artifact.text} label={`Copy ${names[kind]}`} />
          <Button
            size="xs"
            variant="default"
            aria-label={`Save ${artifact.file_name}`}
            leftSection={<IconDownload size={16} aria-hidden="true" />}
            onClick={() => saveText(artifact.file_name, artifact.text, 'text/plain')}
          >
            Save
          </Button>
        </Group>
      }
    >
      <Group gap="sm" mb="sm" align="flex-end">
        <SegmentedControl
          size="xs"
          aria-label="Artifact"
          data={artifactKinds.map((value) => ({ value, label: names[value] }))}
          value={kind}
          onChange={(value) => setKind(value)}
        />
        {quoted ? (
          <Select
            size="xs"
            aria-label="Shell"
            w={150}
            data={scriptShells.map((value) => ({ value, label: shellNames[value] }))}
            value={shell}
            allowDeselect={false}
            onChange={(value) => setShell(value ?? 'posix')}
          />
        ) : null}
      </Group>
      <pre className={classes.line} tabIndex={0} aria-label={artifact.file_name}>
        <code>{artifact.text}</code>
      </pre>
    </Panel>
  );
}

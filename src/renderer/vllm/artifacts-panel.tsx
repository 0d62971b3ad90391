import { Button, Group, SegmentedControl, Select, Text } from '@mantine/core';
import { IconDownload } from '@tabler/icons-react';
import { useState } from 'react';
import { ExportError } from '../../core/export/export-error';
import { BYTE_ORDER_MARK, scriptShells, type ScriptShell } from '../../core/export/script';
import { artifactsOf } from '../../core/vllm/artifacts/artifacts';
import {
  type Artifact,
  type ArtifactKind,
  artifactKinds,
  type Serving,
} from '../../core/vllm/artifacts/serving';
import type { VllmPlan } from '../../core/vllm/schema';
import { CopyButton } from '../parts/copy-button';
import { Panel } from '../parts/panel';
import { saveText } from '../parts/save-text';
import { WholeWords } from '../parts/whole-words';
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
  const made = madeOf(plan, serving, kind, shell);
  const quoted = kind === 'serve' || kind === 'docker';
  return (
    <Panel
      title="What starts it"
      note={plan.verdict === 'ship' ? undefined : 'as asked; it is not known to fit'}
      actions={made instanceof ExportError ? null : <Actions artifact={made} name={names[kind]} />}
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
      {made instanceof ExportError ? (
        <Text size="sm">
          {made.message} {made.remedy}
        </Text>
      ) : (
        <pre className={classes.line} tabIndex={0} aria-label={made.file_name}>
          <code>
            <WholeWords text={made.text} />
          </code>
        </pre>
      )}
    </Panel>
  );
}

function Actions({ artifact, name }: { artifact: Artifact; name: string }) {
  const { text, file_name: file } = artifact;
  return (
    <Group gap="xs">
      <CopyButton text={text.replace(BYTE_ORDER_MARK, '')} label={`Copy ${name}`} />
      <Button
        size="xs"
        variant="default"
        aria-label={`Save ${file}`}
        leftSection={<IconDownload size={16} aria-hidden="true" />}
        onClick={() => saveText(file, text, 'text/plain')}
      >
        Save
      </Button>
    </Group>
  );
}

/** The file, or why its format cannot hold this model's path. */
function madeOf(plan: VllmPlan, serving: Serving, kind: ArtifactKind, shell: ScriptShell) {
  try {
    return artifactsOf(plan, serving, [kind], shell)[0]!;
  } catch (error) {
    if (error instanceof ExportError) return error;
    throw error;
  }
}

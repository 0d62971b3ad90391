import { Button, CloseButton, FileButton, Group, Stack, Text } from '@mantine/core';
import { IconUpload } from '@tabler/icons-react';
import { useEffect } from 'react';
import type { Failure } from '../../contract/errors';
import { useClientCall } from '../state/use-client-call';
import { FailureAlert } from './failure-alert';
import { Panel } from './panel';

/** The files of the user's own cards, servers, storage and models: what is kept, one more, one less. */
export function OwnRows({ onChange }: { onChange: () => void }) {
  const { state: list, run: look } = useClientCall('catalog.files');
  const { state: importing, run: keep, reset } = useClientCall('catalog.import');
  const { state: removing, run: remove } = useClientCall('catalog.remove');
  useEffect(() => void look({}), [look]);
  const done = (output: object | null) => {
    if (output === null) return;
    void look({});
    onChange();
  };
  const take = async (file: File | null) => {
    if (file !== null) done(await keep({ file_name: file.name, text: await file.text() }));
  };
  const drop = async (name: string) => done(await remove({ file_name: name }));
  const files = list.kind === 'done' ? list.output.files : [];
  return (
    <Panel
      title="Rows of your own"
      note="cards, servers, storage and models in JSON or YAML"
      actions={
        <FileButton accept=".json,.yaml,.yml" onChange={(file) => void take(file)}>
          {(props) => (
            <Button
              {...props}
              size="xs"
              variant="default"
              loading={importing.kind === 'running'}
              leftSection={<IconUpload size={15} aria-hidden="true" />}
            >
              Import rows
            </Button>
          )}
        </FileButton>
      }
    >
      <Stack gap="xs">
        {importing.kind === 'failed' ? (
          <FailureAlert title="The rows were not imported" failure={importing.failure} onClose={reset}>
            <Faults failure={importing.failure} />
          </FailureAlert>
        ) : null}
        {removing.kind === 'failed' ? <FailureAlert failure={removing.failure} /> : null}
        {files.length === 0 ? (
          <Text size="sm" c="dimmed">
            None yet. A row of the same name stands in the place of a built-in one.
          </Text>
        ) : null}
        {files.map((name) => (
          <Group key={name} gap="xs" wrap="nowrap">
            <Text size="sm" style={{ overflowWrap: 'anywhere' }}>
              {name}
            </Text>
            <CloseButton size="sm" aria-label={`Remove ${name}`} onClick={() => void drop(name)} />
          </Group>
        ))}
      </Stack>
    </Panel>
  );
}

/** The message has all faults in one line; as a list they can be worked off. */
function Faults({ failure }: { failure: Failure }) {
  const faults = failure.details?.['faults'];
  if (!Array.isArray(faults) || faults.length < 2) return null;
  return (
    <ul>
      {faults.map((fault) => (
        <li key={String(fault)}>{String(fault)}</li>
      ))}
    </ul>
  );
}

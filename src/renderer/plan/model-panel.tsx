import { Button, FileButton, Group, Loader, Stack, Text, TextInput } from '@mantine/core';
import { IconFolderOpen } from '@tabler/icons-react';
import { useState, type SyntheticEvent } from 'react';
import { toFailure } from '../../contract/errors';
import { FailureAlert } from '../parts/failure-alert';
import { FindingsList } from '../parts/findings-list';
import { notifyFailure } from '../parts/notify-failure';
import { Panel } from '../parts/panel';
import { useConnections } from '../state/client-context';
import type { ModelStore } from '../state/use-model';
import classes from './model-panel.module.css';
import { ModelPicker } from './model-picker';
import { ModelSummary } from './model-summary';

/** Which model: from the catalog, from this machine, from a file, or by its path. */
export function ModelPanel({ store, fileDialogs }: { store: ModelStore; fileDialogs: boolean }) {
  const { model, reading, failure } = store;
  return (
    <Panel
      title="Model"
      actions={
        <Group gap="xs" role="status" aria-live="polite" mih={24}>
          {reading ? (
            <>
              <Loader size={14} />
              <Text size="sm" c="dimmed">
                Reading
              </Text>
            </>
          ) : null}
        </Group>
      }
    >
      <Stack gap="md">
        <div className={classes.choices}>
          <ModelPicker store={store} />
          <PathField
            key={pathOf(store.reference)}
            initial={pathOf(store.reference)}
            onRead={(path) => void store.read(path)}
          />
          <OpenFile store={store} fileDialogs={fileDialogs} />
        </div>
        {failure === null ? null : (
          <FailureAlert title="The model was not read" failure={failure} onClose={store.dismiss} />
        )}
        {model === null ? (
          <Text c="dimmed" size="sm">
            Choose a model, or drop a GGUF file anywhere in this window.
          </Text>
        ) : (
          <ModelSummary model={model} />
        )}
        {model === null || model.findings.length === 0 ? null : <FindingsList findings={model.findings} />}
      </Stack>
    </Panel>
  );
}

function PathField({ initial, onRead }: { initial: string; onRead: (reference: string) => void }) {
  const [path, setPath] = useState(initial);
  const submit = (event: SyntheticEvent) => {
    event.preventDefault();
    if (path.trim() !== '') onRead(path.trim());
  };
  return (
    <form onSubmit={submit} className={classes.path}>
      <TextInput
        label="Path of a file"
        placeholder="/data/models/model.gguf"
        value={path}
        onChange={(event) => setPath(event.currentTarget.value)}
      />
      <Button type="submit" variant="default">
        Read
      </Button>
    </form>
  );
}

function OpenFile({ store, fileDialogs }: { store: ModelStore; fileDialogs: boolean }) {
  const { client } = useConnections();
  const icon = <IconFolderOpen size={18} aria-hidden="true" />;
  const choose = async () => {
    try {
      const { path } = await client.call('model.choose', {});
      if (path !== null) await store.read(path);
    } catch (error) {
      notifyFailure('No file was chosen', toFailure(error));
    }
  };
  if (fileDialogs) {
    return (
      <Button variant="default" leftSection={icon} onClick={() => void choose()}>
        Open GGUF…
      </Button>
    );
  }
  return (
    <FileButton accept=".gguf,.json" onChange={(file) => file !== null && store.readFile(file)}>
      {(props) => (
        <Button {...props} variant="default" leftSection={icon}>
          Open GGUF…
        </Button>
      )}
    </FileButton>
  );
}

/** A reference that is a path rather than a name. */
function pathOf(reference: string | null): string {
  return reference !== null && /[\\/]/.test(reference) ? reference : '';
}

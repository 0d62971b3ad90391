import { Button, FileButton, Menu } from '@mantine/core';
import { notifications } from '@mantine/notifications';
import { IconChevronDown, IconUpload } from '@tabler/icons-react';
import { toFailure } from '../../contract/errors';
import type { CommandInput } from '../../contract/commands';
import { notifyFailure } from '../parts/notify-failure';
import { saveText } from '../parts/save-text';
import { useConnections } from '../state/client-context';
import type { ProfileStore } from '../state/use-profile';

type Format = NonNullable<CommandInput<'profile.export'>['format']>;

/** Saves the profile as a file, in this program's form or in that of gpu-container. */
export function ExportMenu() {
  const { client } = useConnections();
  const save = async (format: Format) => {
    try {
      const { file_name: fileName, text } = await client.call('profile.export', { format });
      saveText(fileName, text);
      notifications.show({ title: 'Profile exported', message: fileName, color: 'starboard' });
    } catch (error) {
      notifyFailure('The profile was not exported', toFailure(error));
    }
  };
  return (
    <Menu position="bottom-end" withArrow>
      <Menu.Target>
        <Button variant="default" rightSection={<IconChevronDown size={16} aria-hidden="true" />}>
          Export
        </Button>
      </Menu.Target>
      <Menu.Dropdown>
        <Menu.Item onClick={() => void save('plimsoll')}>profile.json</Menu.Item>
        <Menu.Item onClick={() => void save('gpu-container')}>gpu-container 0.1.0</Menu.Item>
      </Menu.Dropdown>
    </Menu>
  );
}

/** Takes a profile from a file: this program's, older, newer, or gpu-container's. */
export function ImportButton({ store, subtle = false }: { store: ProfileStore; subtle?: boolean }) {
  const take = async (file: File | null) => {
    if (file !== null) await store.importText(await file.text());
  };
  return (
    <FileButton accept="application/json,.json" onChange={(file) => void take(file)}>
      {(props) => (
        <Button
          {...props}
          variant={subtle ? 'subtle' : 'default'}
          {...(subtle ? { size: 'compact-sm' } : {})}
          leftSection={<IconUpload size={16} aria-hidden="true" />}
          loading={store.importing.state.kind === 'running'}
        >
          Import
        </Button>
      )}
    </FileButton>
  );
}

import { Group, Text } from '@mantine/core';
import { Dropzone } from '@mantine/dropzone';
import { IconFileDownload } from '@tabler/icons-react';
import type { ModelStore } from './state/use-model';
import type { ProfileStore } from './state/use-profile';
import { goTo } from './state/use-route';
import { isProfileText } from './parts/is-profile-text';

/** Takes a file dropped anywhere in the window: a model to plan, or a profile to import. */
export function FileDrop({ profile, model }: { profile: ProfileStore; model: ModelStore }) {
  const take = async (file: File) => {
    if (/\.json$/i.test(file.name)) {
      const text = await file.text();
      if (isProfileText(text)) {
        goTo('machine');
        await profile.importText(text);
        return;
      }
    }
    goTo('plan');
    model.readFile(file);
  };
  return (
    <Dropzone.FullScreen
      multiple={false}
      getFilesFromEvent={filesOf}
      onDrop={([file]) => void (file && take(file))}
      acceptColor="sea"
    >
      <Group justify="center" mih="calc(100vh - 72px)" gap="md">
        <IconFileDownload size={40} stroke={1.4} aria-hidden="true" />
        <Text size="lg">Drop a GGUF file or config.json to plan it, or a profile.json to import it</Text>
      </Group>
    </Dropzone.FullScreen>
  );
}

/** The very files of the event, not copies: a shell knows the paths of these alone. */
async function filesOf(event: unknown): Promise<File[]> {
  const { dataTransfer } = event as { dataTransfer?: DataTransfer | null };
  return [...(dataTransfer?.files ?? [])];
}

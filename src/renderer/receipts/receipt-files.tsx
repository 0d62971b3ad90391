import { Button, FileButton } from '@mantine/core';
import { notifications } from '@mantine/notifications';
import { IconDownload, IconUpload } from '@tabler/icons-react';
import { toFailure } from '../../contract/errors';
import { notifyFailure } from '../parts/notify-failure';
import { saveText } from '../parts/save-text';
import { useConnections } from '../state/client-context';
import { splitLines } from './split-lines';

/** Saves the receipts that are shown as one file. */
export function ExportButton({ ids }: { ids: readonly string[] }) {
  const { client } = useConnections();
  const save = async () => {
    try {
      const { file_name: fileName, text } = await client.call('receipt.export', { ids: [...ids] });
      saveText(fileName, text);
    } catch (error) {
      notifyFailure('The receipts were not exported', toFailure(error));
    }
  };
  return (
    <Button
      variant="default"
      disabled={ids.length === 0}
      leftSection={<IconDownload size={16} aria-hidden="true" />}
      onClick={() => void save()}
    >
      Export
    </Button>
  );
}

/** Takes receipts from a file; a large one goes in parts. */
export function ImportButton({ onImported }: { onImported: () => void }) {
  const { client } = useConnections();
  const take = async (file: File | null) => {
    if (file === null) return;
    try {
      let imported = 0;
      let left = 0;
      for (const text of splitLines(await file.text())) {
        const answer = await client.call('receipt.import', { text });
        imported += answer.imported.length;
        left += answer.refused.length + answer.doubtful.length;
      }
      const doubt = left === 0 ? '' : ` ${left} were refused, or marked because their figures cannot be.`;
      notifications.show({
        title: `${imported} receipts imported`,
        message: `${file.name}.${doubt}`,
        color: 'starboard',
      });
    } catch (error) {
      notifyFailure('The file was not imported', toFailure(error));
    } finally {
      onImported();
    }
  };
  return (
    <FileButton accept=".json,.jsonl,application/json" onChange={(file) => void take(file)}>
      {(props) => (
        <Button {...props} variant="default" leftSection={<IconUpload size={16} aria-hidden="true" />}>
          Import
        </Button>
      )}
    </FileButton>
  );
}

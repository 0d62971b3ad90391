import { Button, CloseButton, Group, Stack, Text, TextInput } from '@mantine/core';
import { useEffect, useRef, useState, type SyntheticEvent } from 'react';
import type { ProbePlan } from '../../contract/records';
import { formatFileSize } from '../../core/report/format';
import { FailureAlert } from '../parts/failure-alert';
import { Panel } from '../parts/panel';
import { useClientCall } from '../state/use-client-call';
import { DiskChoice } from './disk-choice';

interface MeasurePanelProps {
  readonly onStart: (directories: readonly string[]) => void;
  readonly onClose: () => void;
}

/** Says what a measurement will do, before it does: which disks it would write to, how much, and that it cleans up. */
export function MeasurePanel({ onStart, onClose }: MeasurePanelProps) {
  const { state, run } = useClientCall('profile.prepare');
  const [disks, setDisks] = useState<readonly ProbePlan[]>([]);
  const [skipped, setSkipped] = useState<ReadonlySet<string>>(new Set());
  const [folder, setFolder] = useState('');
  const startButton = useRef<HTMLButtonElement>(null);

  useEffect(() => {
    startButton.current?.focus();
    // The first that can be measured is chosen; the others wait to be.
    const show = (offered: readonly ProbePlan[]) => {
      const [, ...others] = offered.filter((disk) => disk.refused === null);
      setSkipped(new Set(others.map((disk) => disk.directory)));
      setDisks(offered);
    };
    void run({ directories: [], offer: true }).then((output) => output && show(output.disks));
  }, [run]);

  const addFolder = async (directory: string) => {
    if (directory === '') return;
    const output = await run({ directories: [directory] });
    if (output === null) return;
    const added = new Set(output.disks.map((disk) => disk.directory));
    setDisks((before) => [...before.filter((disk) => !added.has(disk.directory)), ...output.disks]);
    setFolder('');
  };
  const submit = (event: SyntheticEvent) => {
    event.preventDefault();
    void addFolder(folder.trim());
  };
  const skip = (directory: string, skippedNow: boolean) => {
    setSkipped((before) => {
      const next = new Set(before);
      if (skippedNow) next.add(directory);
      else next.delete(directory);
      return next;
    });
  };

  const chosen = disks.filter((disk) => disk.refused === null && !skipped.has(disk.directory));
  return (
    <Panel title="Before it starts" actions={<CloseButton aria-label="Close" onClick={onClose} />}>
      <Stack gap="md">
        <Text size="sm" maw={720}>
          Platform, processor, memory and GPUs are read and timed; nothing is written for them. A disk can
          only be measured by writing a file on it, reading it back and removing it again. Choose the folders
          where that may be done, or none.
        </Text>
        {disks.map((disk) => (
          <DiskChoice
            key={disk.directory}
            disk={disk}
            chosen={!skipped.has(disk.directory)}
            onChange={(choose) => skip(disk.directory, !choose)}
          />
        ))}
        <form onSubmit={submit}>
          <Group align="flex-end" gap="xs">
            <TextInput
              label="Another folder"
              description="On the disk that holds, or will hold, your models"
              placeholder="/data/models"
              value={folder}
              onChange={(event) => setFolder(event.currentTarget.value)}
              w={{ base: '100%', xs: 380 }}
            />
            <Button type="submit" variant="default" loading={state.kind === 'running' && folder !== ''}>
              Look at it
            </Button>
          </Group>
        </form>
        {state.kind === 'failed' ? <FailureAlert failure={state.failure} /> : null}
        <Group>
          <Button ref={startButton} onClick={() => onStart(chosen.map((disk) => disk.directory))}>
            Start measuring
          </Button>
          <Text size="sm" c="dimmed" role="status">
            {summaryOf(chosen)}
          </Text>
        </Group>
      </Stack>
    </Panel>
  );
}

function summaryOf(chosen: readonly ProbePlan[]): string {
  if (chosen.length === 0) return 'No disk is measured; nothing is written.';
  const files = chosen.map((disk) => `${formatFileSize(disk.file_bytes)} in ${disk.directory}`);
  return `Writes and removes ${files.join(' and ')}.`;
}

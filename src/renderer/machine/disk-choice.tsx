import { Checkbox, Text } from '@mantine/core';
import type { ProbePlan } from '../../contract/records';
import { formatBytes, formatFileSize } from '../../core/report/format';
import classes from './disk-choice.module.css';

interface DiskChoiceProps {
  readonly disk: ProbePlan;
  readonly chosen: boolean;
  readonly onChange: (chosen: boolean) => void;
}

/** One folder: what would be written there, or why it is refused. */
export function DiskChoice({ disk, chosen, onChange }: DiskChoiceProps) {
  const { directory, refused } = disk;
  return (
    <div className={classes.disk} data-refused={refused !== null || undefined}>
      <Checkbox
        checked={refused === null && chosen}
        disabled={refused !== null}
        onChange={(event) => onChange(event.currentTarget.checked)}
        label={<span className={classes.directory}>{directory}</span>}
        description={
          refused === null
            ? `Writes a file of ${formatFileSize(disk.file_bytes)}, reads it and removes it.`
            : undefined
        }
      />
      {refused === null ? null : (
        <Text size="sm" className={classes.refusal}>
          Not measured: {refused.message}
        </Text>
      )}
      <Text size="sm" c="dimmed" className={classes.facts}>
        Mounted at {disk.mount ?? 'an unknown place'} · {disk.fs_type ?? 'unknown file system'} ·{' '}
        {disk.free_bytes === null ? 'free space unknown' : `${formatBytes(disk.free_bytes)} free`}
      </Text>
    </div>
  );
}

import { Text } from '@mantine/core';
import { IconAlertTriangle, IconCircleX, IconInfoCircle } from '@tabler/icons-react';
import { severities, type Finding } from '../../core/finding';
import classes from './findings-list.module.css';
import { Marked } from './marked';

const looks = {
  error: { Icon: IconCircleX, tone: 'refuse', word: 'Error' },
  warning: { Icon: IconAlertTriangle, tone: 'unknown', word: 'Warning' },
  info: { Icon: IconInfoCircle, tone: 'info', word: 'Note' },
} as const;

/** What is worth telling, the gravest first, each with what to do about it. */
export function FindingsList({ findings }: { findings: readonly Finding[] }) {
  const ordered = [...findings].sort((left, right) => gravity(right) - gravity(left));
  return (
    <ul className={classes.list}>
      {ordered.map((finding) => (
        <FindingItem key={`${finding.code} ${finding.path} ${finding.message}`} finding={finding} />
      ))}
    </ul>
  );
}

function FindingItem({ finding }: { finding: Finding }) {
  const { Icon, tone, word } = looks[finding.severity];
  return (
    <li className={classes.item} data-tone={tone}>
      <Icon size={20} role="img" aria-label={word} className={classes.icon} />
      <div>
        <Text size="sm">
          <Marked text={finding.message} />
        </Text>
        {finding.remedy === null ? null : (
          <Text size="sm" c="dimmed">
            <Marked text={finding.remedy} />
          </Text>
        )}
      </div>
    </li>
  );
}

function gravity(finding: Finding): number {
  return severities.indexOf(finding.severity);
}

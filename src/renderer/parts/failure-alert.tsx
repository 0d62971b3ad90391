import { Alert, Text } from '@mantine/core';
import { IconAlertTriangle } from '@tabler/icons-react';
import type { ReactNode } from 'react';
import type { Failure } from '../../contract/errors';
import classes from './failure-alert.module.css';

interface FailureAlertProps {
  readonly failure: Failure;
  readonly title?: string;
  readonly onClose?: () => void;
  readonly children?: ReactNode;
}

/** What went wrong and what to do, beside the place where it happened. */
export function FailureAlert({ failure, title, onClose, children }: FailureAlertProps) {
  return (
    <Alert
      color="port"
      className={classes.failure}
      role="alert"
      icon={<IconAlertTriangle aria-hidden="true" />}
      title={title ?? failure.message}
      withCloseButton={onClose !== undefined}
      closeButtonLabel="Dismiss"
      {...(onClose === undefined ? {} : { onClose })}
    >
      {title === undefined ? null : <Text size="sm">{failure.message}</Text>}
      {failure.remedy === null ? null : (
        <Text size="sm" fw={500}>
          {failure.remedy}
        </Text>
      )}
      {children}
    </Alert>
  );
}

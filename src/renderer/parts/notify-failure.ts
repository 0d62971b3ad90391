import { notifications } from '@mantine/notifications';
import type { Failure } from '../../contract/errors';

/** Tells a failure that has no place of its own in the view; stays until it is dismissed. */
export function notifyFailure(title: string, failure: Failure): void {
  const message = failure.remedy === null ? failure.message : `${failure.message} ${failure.remedy}`;
  notifications.show({ title, message, color: 'port', autoClose: false, withBorder: true });
}

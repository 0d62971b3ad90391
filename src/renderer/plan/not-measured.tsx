import { Alert, Button, Group, Text } from '@mantine/core';
import { MeasuringPanel } from '../machine/measuring-panel';
import { FailureAlert } from '../parts/failure-alert';
import classes from './not-measured.module.css';
import type { ProfileStore } from '../state/use-profile';
import { goTo } from '../state/use-route';

/** A plan needs a measured machine: says so, and measures it. */
export function NotMeasured({ store }: { store: ProfileStore }) {
  const { measuring, measure } = store;
  if (measuring.state.kind === 'running') {
    return <MeasuringPanel running={measuring.state} onCancel={measuring.cancel} />;
  }
  return (
    <>
      {measuring.state.kind === 'failed' ? (
        <FailureAlert
          title="The measurement did not finish"
          failure={measuring.state.failure}
          onClose={measuring.reset}
        />
      ) : null}
      <Alert color="brass" className={classes.notice} title="This machine was not measured yet">
        <Text size="sm">A plan holds a model against measured figures; there are none yet.</Text>
        <Group gap="xs" mt="sm">
          <Button onClick={() => goTo('machine')}>Measure this machine</Button>
          <Button variant="default" onClick={() => void measure({ quick: true })}>
            Quick look (2 s)
          </Button>
        </Group>
      </Alert>
    </>
  );
}

import { Button, Group, Text, Title } from '@mantine/core';
import type { ProfileStore } from '../state/use-profile';
import classes from './empty-machine.module.css';
import { ImportButton } from './profile-files';

interface EmptyMachineProps {
  readonly store: ProfileStore;
  readonly onMeasure: () => void;
  readonly onQuickLook: () => void;
}

/** The welcome: nothing is known of this machine yet. */
export function EmptyMachine({ store, onMeasure, onQuickLook }: EmptyMachineProps) {
  return (
    <section className={classes.welcome} aria-label="Welcome">
      <ShipAtAnchor />
      <Title order={1} ta="center" className={classes.title}>
        How much can this machine carry?
      </Title>
      <Text ta="center" c="dimmed" maw={560}>
        Plimsoll measures its memory, processor, GPUs and disks. Then it can say, before a long download,
        whether a model will run here, with which flags, and how fast. Nothing leaves this machine.
      </Text>
      <Group justify="center" mt="sm">
        <Button size="md" onClick={onMeasure}>
          Measure this machine
        </Button>
        <Button size="md" variant="default" onClick={onQuickLook}>
          Quick look (2 s)
        </Button>
      </Group>
      <Group gap={6} justify="center">
        <Text size="sm" c="dimmed">
          Measured elsewhere?
        </Text>
        <ImportButton store={store} subtle />
      </Group>
    </section>
  );
}

const wave = 'M0 98c15-7 30-7 45 0s30 7 45 0 30-7 45 0 30 7 45 0 30-7 45 0 30 7 45 0 30-7 45 0 30 7 45 0';

/** A hull with its load line above the water: room to load. */
function ShipAtAnchor() {
  return (
    <svg className={classes.ship} viewBox="0 0 360 150" aria-hidden="true" focusable="false">
      <path className={classes.hull} d="M34 42h292c-6 44-24 82-58 82H94C60 124 40 86 34 42Z" />
      <path className={classes.keel} d="M52 96c9 17 23 28 42 28h174c20 0 34-11 43-28Z" />
      <g className={classes.mark}>
        <circle cx="180" cy="72" r="15" />
        <path d="M154 72h52" />
        <path d="M238 58v28M238 60h16M238 72h12M238 84h16" />
      </g>
      <path className={classes.water} d={`${wave}v52H0Z`} />
      <path className={classes.surface} d={wave} />
    </svg>
  );
}

import { Alert, Button, Code, Group, Stack } from '@mantine/core';
import { Component, type ReactNode } from 'react';

interface State {
  readonly error: Error | null;
}

/** Catches what a view throws while it draws, says so, and offers to draw it again. Measured figures are in the store and stay. */
export class ErrorBoundary extends Component<{ children: ReactNode }, State> {
  override readonly state: State = { error: null };

  static getDerivedStateFromError(error: unknown): State {
    return { error: error instanceof Error ? error : new Error(String(error)) };
  }

  override render(): ReactNode {
    const { error } = this.state;
    if (error === null) return this.props.children;
    return (
      <Alert color="port" title="This view failed" m="lg" role="alert">
        <Stack gap="sm">
          <span>
            That is a fault in Plimsoll, not in what you did. Your measurements are saved. Please report it
            with this text:
          </span>
          <Code block>{error.stack ?? error.message}</Code>
          <Group>
            <Button onClick={() => this.setState({ error: null })}>Draw it again</Button>
            <Button variant="default" onClick={() => window.location.reload()}>
              Reload
            </Button>
          </Group>
        </Stack>
      </Alert>
    );
  }
}

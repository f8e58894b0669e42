import { Alert, Button, Group } from '@mantine/core';
import { IconAlertTriangle } from '@tabler/icons-react';
import { Component, type ReactNode } from 'react';

/** A page that cannot be shown says so, and leaves the menu and the connection as they are. */
export class PageBoundary extends Component<{ children: ReactNode }, { failed: boolean }> {
  override state = { failed: false };

  static getDerivedStateFromError() {
    return { failed: true };
  }

  override render() {
    if (!this.state.failed) return this.props.children;
    return (
      <Alert color="red" icon={<IconAlertTriangle aria-hidden />} title="This page cannot be shown">
        <Group justify="space-between">
          <span>
            It may have been replaced by a newer version since it was opened. What Signalbox does goes on.
          </span>
          <Button size="xs" variant="default" onClick={() => window.location.reload()}>
            Load it again
          </Button>
        </Group>
      </Alert>
    );
  }
}

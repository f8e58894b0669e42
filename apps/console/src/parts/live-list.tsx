import { Box, Card, ScrollArea } from '@mantine/core';
import type { ReceivedMessage } from '@signalbox/client/realtime';
import { useState, type ReactNode } from 'react';
import { useStream } from '../live/use-stream';
import { Nothing } from './answer';
import { PauseHeader } from './pause-header';

interface LiveListProps<Entry> {
  title: string;
  /** What a message says here; null for one that is not for this list. */
  entryOf: (message: ReceivedMessage) => Entry | null;
  keyOf: (entry: Entry) => string;
  /** Said while nothing has come. */
  empty: string;
  height?: number;
  children: (entry: Entry) => ReactNode;
}

/** What happens, as it happens. Stands still while somebody points at it, reads it with the keyboard, or says so. */
export function LiveList<Entry>({
  title,
  entryOf,
  keyOf,
  empty,
  height = 420,
  children,
}: LiveListProps<Entry>) {
  const [stopped, setStopped] = useState(false);
  const [read, setRead] = useState(false);
  const paused = stopped || read;
  const { entries, waiting } = useStream(entryOf, paused);
  return (
    <Card withBorder padding={0} component="section" aria-label={title}>
      <PauseHeader
        title={title}
        stopped={stopped}
        onStop={setStopped}
        waiting={paused && entries.length > 0 ? waiting : null}
      />
      {entries.length === 0 ? (
        <Nothing>{empty}</Nothing>
      ) : (
        <ScrollArea.Autosize
          mah={height}
          viewportProps={{ tabIndex: 0, 'aria-label': `${title}, newest first`, role: 'region' }}
          onPointerEnter={() => setRead(true)}
          onPointerLeave={() => setRead(false)}
          onFocus={() => setRead(true)}
          onBlur={() => setRead(false)}
        >
          <ul style={{ listStyle: 'none', margin: 0, padding: 0 }}>
            {entries.map((entry) => (
              <Box
                component="li"
                key={keyOf(entry)}
                px="md"
                py={6}
                style={{ borderTop: '1px solid var(--mantine-color-default-border)' }}
              >
                {children(entry)}
              </Box>
            ))}
          </ul>
        </ScrollArea.Autosize>
      )}
    </Card>
  );
}

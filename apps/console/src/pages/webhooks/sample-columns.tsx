import type { WebhookEventSummary } from '@signalbox/contracts';
import type { Column } from '../../parts/data-table';
import { serviceTitle } from '../../parts/services';
import { Time } from '../../parts/time';
import { EventState } from './event-state';

/** Enough of an event to know it by. */
export const SAMPLE_COLUMNS: readonly Column<WebhookEventSummary>[] = [
  { title: 'Received', cell: ({ receivedAt }) => <Time iso={receivedAt} /> },
  { title: 'State', cell: ({ state }) => <EventState state={state} /> },
  { title: 'Service', cell: ({ serviceName }) => serviceTitle(serviceName) },
  { title: 'Type', cell: ({ type }) => type },
  { title: 'About', cell: ({ entity }) => entity ?? '—' },
];

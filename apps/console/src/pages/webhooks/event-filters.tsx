import { Button, Group, Select, TextInput } from '@mantine/core';
import { SERVICE_NAMES, WEBHOOK_STATES } from '@signalbox/contracts';
import { useEffect, useState } from 'react';
import { serviceTitle } from '../../parts/services';
import { useClaims } from '../../session/session';
import type { useEventFilter } from './use-event-filter';
import { STATES } from './words';

/** By service, state, type and time of receipt. */
export function EventFilters({ used: { filter, set, clear } }: { used: ReturnType<typeof useEventFilter> }) {
  const { services } = useClaims();
  return (
    <Group gap="xs" align="flex-end" role="search" aria-label="Narrow the events">
      <Select
        size="xs"
        clearable
        label="Service"
        placeholder="Any"
        data={(services ?? SERVICE_NAMES).map((value) => ({ value, label: serviceTitle(value) }))}
        value={filter.serviceName ?? null}
        onChange={(value) => set('serviceName', value)}
        w={140}
      />
      <Select
        size="xs"
        clearable
        label="State"
        placeholder="Any"
        data={WEBHOOK_STATES.map((value) => ({ value, label: STATES[value].title }))}
        value={filter.state ?? null}
        onChange={(value) => set('state', value)}
        w={140}
      />
      <TypeFilter value={filter.type ?? ''} set={(value) => set('type', value)} />
      <TextInput
        size="xs"
        type="datetime-local"
        label="From"
        value={localOf(filter.from)}
        onChange={(event) => set('from', isoOf(event.currentTarget.value))}
      />
      <TextInput
        size="xs"
        type="datetime-local"
        label="To"
        value={localOf(filter.to)}
        onChange={(event) => set('to', isoOf(event.currentTarget.value))}
      />
      {Object.keys(filter).length > 0 && (
        <Button size="xs" variant="default" onClick={clear}>
          Clear
        </Button>
      )}
    </Group>
  );
}

/** Asked for once it is written, not at every letter. */
function TypeFilter({ value, set }: { value: string; set: (value: string) => void }) {
  const [text, setText] = useState(value);
  useEffect(() => setText(value), [value]);
  return (
    <TextInput
      size="xs"
      label="Type"
      placeholder="invoice.paid"
      w={200}
      maxLength={128}
      value={text}
      onChange={(event) => setText(event.currentTarget.value)}
      onBlur={() => set(text.trim())}
      onKeyDown={(event) => {
        if (event.key === 'Enter') set(text.trim());
      }}
    />
  );
}

/** As `datetime-local` has it: the reader's own zone. */
function localOf(iso: string | undefined): string {
  if (iso === undefined) return '';
  const at = new Date(iso);
  return new Date(at.getTime() - at.getTimezoneOffset() * 60_000).toISOString().slice(0, 16);
}

function isoOf(local: string): string | null {
  return local === '' ? null : new Date(local).toISOString();
}

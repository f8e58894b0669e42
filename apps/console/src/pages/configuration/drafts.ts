import { useCallback, useSyncExternalStore } from 'react';
import { useClaims } from '../../session/session';
import type { Body } from './fields';
import type { Live } from './kinds';

/** A change that is not saved yet, with the version that it began from. */
export interface Draft {
  base: Live;
  body: Body;
}

/** Kept while the tab lives, so that looking at another page costs nobody what they wrote. */
const drafts = new Map<string, Draft>();
const listeners = new Set<() => void>();

function put(key: string, draft: Draft | null): void {
  if (draft === null) drafts.delete(key);
  else drafts.set(key, draft);
  for (const listener of listeners) listener();
}

function listen(listener: () => void): () => void {
  listeners.add(listener);
  return () => listeners.delete(listener);
}

// A reload would lose them: the browser asks first.
window.addEventListener('beforeunload', (event) => {
  if ([...drafts.values()].some(isChanged)) event.preventDefault();
});

export function isChanged({ base, body }: Draft): boolean {
  return body !== base.body;
}

/** The draft of one object (`service:stripe`) by whoever is signed in, and what replaces or (null) drops it. */
export function useDraft(object: string): [Draft | null, (draft: Draft | null) => void] {
  const key = `${useClaims().subject} ${object}`;
  const draft = useSyncExternalStore(listen, () => drafts.get(key) ?? null);
  return [draft, useCallback((next: Draft | null) => put(key, next), [key])];
}

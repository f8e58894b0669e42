import { createContext, useCallback, useContext, useMemo, useState, type ReactNode } from 'react';
import { queryClient } from '../api/query-client';
import { claimsOf, type Claims } from './claims';

const KEY = 'signalbox.token';

interface SignedIn {
  token: string;
  claims: Claims;
}

interface SessionValue {
  session: SignedIn | null;
  /** Why the last session ended; null when it was left on purpose. */
  endedBecause: string | null;
  /** False for what is no token. */
  signIn: (token: string) => boolean;
  signOut: (because?: string) => void;
}

const Session = createContext<SessionValue | null>(null);

/** The token is kept for the tab alone: closing it signs out. A link may bring one. */
export function SessionProvider({ children }: { children: ReactNode }) {
  const [session, setSession] = useState<SignedIn | null>(() => {
    const brought = tokenOfLink();
    if (brought !== null) sessionStorage.setItem(KEY, brought);
    return signedIn(sessionStorage.getItem(KEY) ?? '');
  });
  const [endedBecause, setEndedBecause] = useState<string | null>(null);

  const signIn = useCallback((token: string) => {
    const next = signedIn(token);
    if (next === null) return false;
    sessionStorage.setItem(KEY, next.token);
    setEndedBecause(null);
    setSession(next);
    return true;
  }, []);

  const signOut = useCallback((because?: string) => {
    sessionStorage.removeItem(KEY);
    queryClient.clear();
    setEndedBecause(because ?? null);
    setSession(null);
  }, []);

  const value = useMemo(
    () => ({ session, endedBecause, signIn, signOut }),
    [session, endedBecause, signIn, signOut],
  );
  return <Session value={value}>{children}</Session>;
}

export function useSession(): SessionValue {
  const value = useContext(Session);
  if (value === null) throw new Error('there is no session around this part');
  return value;
}

/** Inside the signed-in part of the page. */
export function useClaims(): Claims {
  const { session } = useSession();
  if (session === null) throw new Error('nobody is signed in');
  return session.claims;
}

/** `#token=…`: behind the mark no server is sent it; out of the address at once, so that no history keeps it. */
function tokenOfLink(): string | null {
  const [, token] = /^#token=([\w.-]+)$/.exec(location.hash) ?? [];
  if (token === undefined) return null;
  history.replaceState(null, '', location.pathname);
  return token;
}

function signedIn(text: string): SignedIn | null {
  const token = text.trim();
  const claims = claimsOf(token);
  return claims === null ? null : { token, claims };
}

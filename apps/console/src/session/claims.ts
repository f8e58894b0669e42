import type { Role, ServiceName } from '@signalbox/contracts';

/** What the page shows by; what may be done is decided by the server alone. */
export interface Claims {
  subject: string;
  role: Role;
  services: ServiceName[] | null;
  expiresAtMs: number;
}

/** The claims of a token, unverified; null for what is no token. */
export function claimsOf(token: string): Claims | null {
  const [, payload] = token.trim().split('.');
  if (payload === undefined) return null;
  try {
    const text = atob(payload.replaceAll('-', '+').replaceAll('_', '/'));
    const claims = JSON.parse(new TextDecoder().decode(Uint8Array.from(text, (c) => c.charCodeAt(0)))) as {
      sub?: string;
      role?: Role;
      services?: ServiceName[];
      exp?: number;
    };
    if (claims.role === undefined || claims.sub === undefined) return null;
    return {
      subject: claims.sub,
      role: claims.role,
      services: claims.services ?? null,
      expiresAtMs: (claims.exp ?? 0) * 1_000,
    };
  } catch {
    return null;
  }
}

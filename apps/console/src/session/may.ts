import type { Role } from '@signalbox/contracts';
import { useClaims } from './session';

/** Whether to show a control at all; the server decides whether it may be used. */
export function useMay(...roles: Role[]): boolean {
  return roles.includes(useClaims().role);
}

/** Configuration, circuits, drains, overrides: an admin's alone. */
export function useMayChange(): boolean {
  return useMay('admin');
}

import type { Role } from '@signalbox/contracts';
import type { Method } from './api.js';

/** A row of the contract's tables: who may call what, and how often a person may. Path parameters are filled in. */
export interface RouteRow {
  method: Method;
  path: string;
  roles: readonly Role[] | 'anybody';
  perMinute: number;
}

const ETC = '/enhanced-traffic-coordination';
const A: readonly Role[] = ['admin'];
const AM: readonly Role[] = ['admin', 'manager'];
const AMU: readonly Role[] = ['admin', 'manager', 'user'];
const AMS: readonly Role[] = ['admin', 'manager', 'service'];

/** A node, an override and a version that do not exist: a call that is let in changes nothing. */
const NODE = '/admin/nodes/no_such_node';
const VERSION = '/admin/versions/999999999';

/** `/enhanced-traffic-coordination` as http-api.md has it. */
const COORDINATION_ROUTES: readonly RouteRow[] = [
  { method: 'POST', path: `${ETC}/execute-coordination`, roles: AMS, perMinute: 300 },
  { method: 'POST', path: `${ETC}/report-outcome`, roles: AMS, perMinute: 300 },
  { method: 'POST', path: `${ETC}/backend-agent-error`, roles: AMS, perMinute: 300 },
  { method: 'POST', path: `${ETC}/emergency-override`, roles: A, perMinute: 10 },
  {
    method: 'DELETE',
    path: `${ETC}/emergency-override/emergency_1692140200_g7h8i9`,
    roles: A,
    perMinute: 10,
  },
  { method: 'GET', path: `${ETC}/coordination-analytics`, roles: AMU, perMinute: 60 },
  { method: 'GET', path: `${ETC}/active-coordinations`, roles: AMU, perMinute: 60 },
  { method: 'GET', path: `${ETC}/coordinations`, roles: AMU, perMinute: 60 },
  { method: 'GET', path: `${ETC}/coordinations/coordination_1692140200_g7h8i9`, roles: AMU, perMinute: 60 },
  { method: 'GET', path: `${ETC}/backend-agent-connections`, roles: AMU, perMinute: 60 },
  { method: 'GET', path: `${ETC}/performance-metrics/stripe`, roles: AMU, perMinute: 60 },
  { method: 'GET', path: `${ETC}/health`, roles: 'anybody', perMinute: 300 },
];

/** `/admin`: changes need an admin, a manager may read. The contract leaves the limits to the app, 10 to 300. */
const ADMIN_ROUTES: readonly RouteRow[] = [
  { method: 'GET', path: '/admin/catalog', roles: AM, perMinute: 60 },
  { method: 'GET', path: '/admin/catalog/services/stripe', roles: AM, perMinute: 60 },
  { method: 'PUT', path: '/admin/catalog/services/stripe', roles: A, perMinute: 30 },
  { method: 'POST', path: `${NODE}/drain`, roles: A, perMinute: 30 },
  { method: 'POST', path: `${NODE}/undrain`, roles: A, perMinute: 30 },
  { method: 'POST', path: `${NODE}/circuit`, roles: A, perMinute: 30 },
  { method: 'GET', path: `${NODE}/credentials`, roles: AM, perMinute: 60 },
  { method: 'PUT', path: `${NODE}/credentials`, roles: A, perMinute: 10 },
  { method: 'POST', path: `${NODE}/credentials/rotate`, roles: A, perMinute: 10 },
  { method: 'POST', path: `${NODE}/credentials/revoke`, roles: A, perMinute: 10 },
  { method: 'GET', path: '/admin/versions', roles: AM, perMinute: 60 },
  { method: 'GET', path: VERSION, roles: AM, perMinute: 60 },
  { method: 'GET', path: `${VERSION}/diff/${VERSION.split('/').at(-1)}`, roles: AM, perMinute: 60 },
  { method: 'POST', path: `${VERSION}/rollback`, roles: A, perMinute: 10 },
  { method: 'GET', path: '/admin/audit', roles: AM, perMinute: 60 },
];

export const ROUTES: readonly RouteRow[] = [...COORDINATION_ROUTES, ...ADMIN_ROUTES];

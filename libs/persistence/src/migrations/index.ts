import { Foundation1760000000001 } from './0001-foundation.js';
import { History1760000000002 } from './0002-history.js';
import { Costs1760000000003 } from './0003-costs.js';
import { Webhooks1760000000004 } from './0004-webhooks.js';
import { Batching1760000000005 } from './0005-batching.js';
import { Recommendations1760000000006 } from './0006-recommendations.js';
import { Performance1760000000007 } from './0007-performance.js';
import { Alerts1760000000008 } from './0008-alerts.js';
import { DecisionDetails1760000000009 } from './0009-decision-details.js';
import { TokenRevocations1760000000010 } from './0010-token-revocations.js';
import { AuditedServices1760000000011 } from './0011-audited-services.js';
import { CarriedRequests1760000000012 } from './0012-carried-requests.js';

/** In the order they apply. One that has been released is never edited: the next one mends it. */
export const migrations = [
  Foundation1760000000001,
  History1760000000002,
  Costs1760000000003,
  Webhooks1760000000004,
  Batching1760000000005,
  Recommendations1760000000006,
  Performance1760000000007,
  Alerts1760000000008,
  DecisionDetails1760000000009,
  TokenRevocations1760000000010,
  AuditedServices1760000000011,
  CarriedRequests1760000000012,
];

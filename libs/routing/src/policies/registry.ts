import type { StrategyName } from '@signalbox/contracts';
import { greatest, least } from './by-measure.js';
import { easingIn } from './easing-in.js';
import { inTurn, inWeightedTurn } from './in-turn.js';
import { leastPredictedFailure } from './least-predicted-failure.js';
import {
  costPerSuccess,
  distance,
  expectedUtility,
  healthOfNode,
  inFlightPerWeight,
  peakLatencyTimesInFlight,
} from './measures.js';
import type { Policy, PolicyContext, PolicyFactory } from './policy.js';

/** Every strategy by its name; a missing one does not compile. */
const policies = {
  ROUND_ROBIN: inTurn,
  WEIGHTED_ROUND_ROBIN: inWeightedTurn,
  LEAST_CONNECTIONS: least(inFlightPerWeight),
  LEAST_RESPONSE_TIME: least(peakLatencyTimesInFlight),
  GEOGRAPHIC_PROXIMITY: least(distance),
  COST_OPTIMIZED: least(costPerSuccess),
  HEALTH_BASED: greatest(healthOfNode),
  PREDICTIVE_ANALYTICS: leastPredictedFailure,
  HYBRID_OPTIMIZATION: greatest(expectedUtility),
} satisfies Record<StrategyName, PolicyFactory>;

/** A fresh policy of that name, with slow start. Keep it: what it remembers (whose turn it is) is its own. */
export function policyOf(strategy: StrategyName, context: PolicyContext): Policy {
  return easingIn(policies[strategy](context), context.rng);
}

/**
 * The money of one call in SQL, over `decisions AS d JOIN outcomes AS o`. What providers bill for is `isBilled` of the
 * contracts; a test holds the two together.
 */

/** Whether providers bill for such an end, where the caller did not say what it cost. */
export const IS_BILLED = `(o.outcome IN ('success', 'timeout') OR (o.outcome = 'client_error' AND o.status_code IS NULL))`;

/** What the call cost, micro-dollars. */
export const COST = `coalesce(o.actual_cost_micro_usd, CASE WHEN ${IS_BILLED} THEN d.estimated_cost_micro_usd ELSE 0 END)`;

/** What the same call with the same end would have cost at the primary's price: like compared with like. */
export const BASELINE = `CASE WHEN d.estimated_cost_micro_usd > 0
  THEN round(${COST}::numeric * d.baseline_cost_micro_usd / d.estimated_cost_micro_usd)::bigint
  WHEN ${IS_BILLED} THEN d.baseline_cost_micro_usd ELSE ${COST} END`;

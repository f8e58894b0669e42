import { useState } from 'react';

/**
 * Rows in an order that may change at any time, kept as it is while the pointer or the keyboard is on them: nothing
 * moves away from under a click. Spread `hold` on what surrounds the rows.
 */
export function useSteady<Row>(rows: readonly Row[], idOf: (row: Row) => string) {
  const [heldIds, setHeldIds] = useState<readonly string[] | null>(null);
  const held = heldIds === null ? rows : inOrderOf(heldIds, rows, idOf);
  const keep = () => setHeldIds((ids) => ids ?? rows.map(idOf));
  const release = () => setHeldIds(null);
  return {
    rows: held,
    hold: { onPointerEnter: keep, onPointerLeave: release, onFocus: keep, onBlur: release },
  };
}

/** What is new comes last. */
function inOrderOf<Row>(ids: readonly string[], rows: readonly Row[], idOf: (row: Row) => string): Row[] {
  const place = new Map(ids.map((id, index) => [id, index]));
  const at = (row: Row) => place.get(idOf(row)) ?? ids.length;
  return [...rows].sort((a, b) => at(a) - at(b));
}

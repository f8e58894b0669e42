import type { ReactNode } from 'react';
import { useSteady } from './use-steady';

interface SteadyProps<Row> {
  rows: readonly Row[];
  idOf: (row: Row) => string;
  children: (rows: readonly Row[]) => ReactNode;
}

/** Rows that keep their places while somebody points at them: what comes meanwhile is last until then. */
export function Steady<Row>({ rows, idOf, children }: SteadyProps<Row>) {
  const steady = useSteady(rows, idOf);
  return <div {...steady.hold}>{children(steady.rows)}</div>;
}

import { Box } from '@mantine/core';
import type { CostPeriod } from '@signalbox/contracts';
import type { CSSProperties } from 'react';
import { dollars, percent } from '../../parts/figures';
import { whyNoForecast } from './words';

interface BudgetBarProps {
  /** `stripe, today`. */
  label: string;
  period: CostPeriod;
  /** A Mantine colour: how the budget is doing. */
  color: string;
}

/** What was spent and reserved, against the cap, with what it is expected to come to: one line, to scale. */
export function BudgetBar({ label, period, color }: BudgetBarProps) {
  const { capUsd, spentUsd, reservedUsd, projection } = period;
  const furthest = Math.max(capUsd, spentUsd + reservedUsd, projection?.interval95.upperUsd ?? 0);
  // Room at the right, so that the end of the cap is seen as one.
  const scaleUsd = furthest === 0 ? 1 : furthest * 1.03;
  const at = (usd: number) => `${(Math.max(0, usd) / scaleUsd) * 100}%`;
  return (
    <Box
      role="img"
      aria-label={inWords(label, period)}
      pos="relative"
      h={22}
      style={{ overflow: 'hidden', borderRadius: 'var(--mantine-radius-sm)' }}
    >
      <Part from="0%" to={at(capUsd)} background="var(--mantine-color-default-border)" />
      {projection !== null && (
        <>
          <Part
            from={at(projection.interval95.lowerUsd)}
            to={at(projection.interval95.upperUsd)}
            background="var(--mantine-color-blue-light)"
          />
          <Part
            from={at(projection.interval80.lowerUsd)}
            to={at(projection.interval80.upperUsd)}
            background="var(--mantine-color-blue-light-hover)"
          />
        </>
      )}
      <Part from="0%" to={at(spentUsd)} inset={6} background={`var(--mantine-color-${color}-filled)`} />
      {reservedUsd > 0 && (
        <Part
          from={at(spentUsd)}
          to={at(spentUsd + reservedUsd)}
          inset={6}
          background={`repeating-linear-gradient(45deg, var(--mantine-color-${color}-filled) 0 3px, transparent 3px 6px)`}
        />
      )}
      <Mark at={at(capUsd)} color="var(--mantine-color-text)" />
      {projection !== null && (
        <Mark at={at(projection.expectedUsd)} color="var(--mantine-color-blue-filled)" dashed />
      )}
    </Box>
  );
}

interface PartProps {
  from: string;
  to: string;
  background: string;
  /** From the top and the bottom, pixels. */
  inset?: number;
}

function Part({ from, to, background, inset = 0 }: PartProps) {
  const style: CSSProperties = {
    left: from,
    width: `calc(${to} - ${from})`,
    top: inset,
    bottom: inset,
    background,
  };
  return <div style={{ position: 'absolute', ...style }} />;
}

function Mark({ at, color, dashed = false }: { at: string; color: string; dashed?: boolean }) {
  const style: CSSProperties = {
    left: at,
    top: 0,
    bottom: 0,
    borderLeft: `2px ${dashed ? 'dotted' : 'solid'} ${color}`,
  };
  return <div style={{ position: 'absolute', ...style }} />;
}

function inWords(
  label: string,
  { capUsd, spentUsd, reservedUsd, utilization, projection, projectionUnavailable }: CostPeriod,
) {
  const sofar = `${label}: ${dollars(spentUsd)} spent and ${dollars(reservedUsd)} reserved of ${dollars(capUsd)}, ${percent(utilization)}`;
  if (projection === null) return `${sofar}; no forecast: ${whyNoForecast(projectionUnavailable)}`;
  const { expectedUsd, interval80 } = projection;
  return `${sofar}; expected ${dollars(expectedUsd)}, between ${dollars(interval80.lowerUsd)} and ${dollars(interval80.upperUsd)} in 80 of 100 cases`;
}

import { Text } from '@mantine/core';
import type { ReactNode } from 'react';
import { dollars, NOT_MEASURED } from './figures';

/** An amount; a dash that says why where there is none. */
export function Dollars({ usd, why }: { usd: number | null | undefined; why?: string }) {
  const title = usd === null || usd === undefined ? (why ?? 'Not known') : `$${usd}`;
  return (
    <span title={title} style={{ fontVariantNumeric: 'tabular-nums' }}>
      {dollars(usd)}
    </span>
  );
}

interface FigureProps {
  label: string;
  value: ReactNode;
  /** Shown where the pointer rests; for a dash, why there is no figure. */
  why?: string | undefined;
  /** A Mantine colour for a figure that asks to be looked at. */
  color?: string | undefined;
  size?: 'sm' | 'md' | 'xl';
}

/** A figure under its name. */
export function Figure({ label, value, why, color, size = 'md' }: FigureProps) {
  return (
    <div title={value === NOT_MEASURED ? (why ?? 'Not measured') : why}>
      <Text size="xs" c="dimmed">
        {label}
      </Text>
      <Text
        fw={600}
        size={size}
        {...(color === undefined ? {} : { c: color })}
        style={{ fontVariantNumeric: 'tabular-nums', whiteSpace: 'nowrap' }}
      >
        {value}
      </Text>
    </div>
  );
}

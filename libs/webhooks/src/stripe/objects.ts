import Type, { type Static, type TSchema } from 'typebox';
import type { ErrorEvent } from '@signalbox/contracts';

/** Parts of Stripe's objects that several events share. */

/** Stripe leaves a field out, or sends null, according to API version. */
export const optional = <T extends TSchema>(schema: T) => Type.Optional(Type.Union([schema, Type.Null()]));

/** In the currency's minor unit. */
export const Amount = Type.Integer({ minimum: 0, maximum: Number.MAX_SAFE_INTEGER });
export const Currency = Type.String({ pattern: '^[a-z]{3}$' });
export const Metadata = Type.Record(Type.String(), Type.Unknown());

/** Another object: its id, or the whole of it where the event's API version expands it. */
export const Reference = Type.Union([
  Type.String({ minLength: 1, maxLength: 256 }),
  Type.Object({ id: Type.String({ minLength: 1, maxLength: 256 }) }),
]);

export function idOf(reference: Static<typeof Reference> | null | undefined): string | null {
  return typeof reference === 'object' ? (reference?.id ?? null) : (reference ?? null);
}

/** The ceiling of a sum on the wire, in cents. */
const MAX_CENTS = 1_000_000_000 * 100;

/** The impact in dollars; nothing for other currencies, which would need a rate of the day. */
export function usdAtRisk(amountMinor: number, currency: string): Pick<ErrorEvent, 'businessImpact'> {
  if (currency !== 'usd') return {};
  return { businessImpact: { revenueAtRisk: Math.min(amountMinor, MAX_CENTS) / 100 } };
}

import type { ServiceName } from '@signalbox/contracts';

/** The services as their makers write them. */
const TITLES: Record<ServiceName, string> = {
  stripe: 'Stripe',
  samsara: 'Samsara',
  maps: 'Maps',
  twilio: 'Twilio',
  sendgrid: 'SendGrid',
  airtable: 'Airtable',
};

export function serviceTitle(serviceName: ServiceName): string {
  return TITLES[serviceName] ?? serviceName;
}

const ORDER = Object.keys(TITLES);

/** Always in one order, whatever of them was changed last. */
export function inOrder<S extends { serviceName: ServiceName }>(services: readonly S[]): S[] {
  return [...services].sort((a, b) => ORDER.indexOf(a.serviceName) - ORDER.indexOf(b.serviceName));
}

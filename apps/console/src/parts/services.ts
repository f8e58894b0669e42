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

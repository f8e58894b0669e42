import type { ApiName } from '../node-spec.js';
import { airtable } from './airtable.js';
import { googleMaps, here, mapbox } from './maps.js';
import type { Provider } from './provider.js';
import { samsara } from './samsara.js';
import { sendgrid } from './sendgrid.js';
import { stripe } from './stripe.js';
import { twilio } from './twilio.js';

/** One provider an API, whichever nodes lead to it: a key used at one Stripe node is known at the other. */
export function newProviders(): Record<ApiName, Provider> {
  return {
    stripe: stripe(),
    twilio: twilio(),
    sendgrid: sendgrid(),
    samsara: samsara(),
    mapbox: mapbox(),
    google_maps: googleMaps(),
    here: here(),
    airtable: airtable(),
  };
}

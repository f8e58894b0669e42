import type { FastifyReply, FastifyRequest } from 'fastify';
import { text, type Form } from './form.js';
import { idSequence, Shelf, type Provider } from './provider.js';

interface StripeObject {
  id: string;
  object: string;
  [field: string]: unknown;
}

type Answer = { status: number; body: object };
type Create = (form: Form) => Answer;

/** The card that Stripe's test mode declines. */
const DECLINED = 'pm_card_chargeDeclined';

/**
 * Payment intents, charges and customers as api.stripe.com answers them, close enough for the official SDK.
 * A repeated `Idempotency-Key` gets the first answer again, at whichever node; with other parameters, an error.
 */
export function stripe(): Provider {
  const shelves = {
    payment_intents: new Shelf<StripeObject>(),
    charges: new Shelf<StripeObject>(),
    customers: new Shelf<StripeObject>(),
  };
  const nextIntent = idSequence('pi_3Sim', 20);
  const nextCharge = idSequence('ch_3Sim', 20);
  const nextCustomer = idSequence('cus_Sim', 11);
  const firstAnswers = new Shelf<Answer & { request: string }>();

  const charge: Create = (form) => {
    const money = moneyOf(form);
    if ('error' in money) return { status: 400, body: money };
    const id = nextCharge();
    const body = shelves.charges.put(id, {
      id,
      object: 'charge',
      ...money,
      amount_captured: money.amount,
      amount_refunded: 0,
      captured: true,
      paid: true,
      refunded: false,
      status: 'succeeded',
      ...common(form),
    });
    return { status: 200, body };
  };

  const paymentIntent: Create = (form) => {
    const money = moneyOf(form);
    if ('error' in money) return { status: 400, body: money };
    const confirmed = form['confirm'] === 'true';
    if (confirmed && form['payment_method'] === DECLINED) {
      return {
        status: 402,
        body: stripeError('card_error', 'Your card was declined.', {
          code: 'card_declined',
          decline_code: 'generic_decline',
        }),
      };
    }
    const id = nextIntent();
    const latestCharge = confirmed ? (charge(form).body as StripeObject).id : null;
    const body = shelves.payment_intents.put(id, {
      id,
      object: 'payment_intent',
      ...money,
      amount_received: confirmed ? money.amount : 0,
      capture_method: 'automatic',
      client_secret: `${id}_secret_simulated`,
      latest_charge: latestCharge,
      payment_method: text(form, 'payment_method'),
      payment_method_types: ['card'],
      status: confirmed ? 'succeeded' : 'requires_payment_method',
      ...common(form),
    });
    return { status: 200, body };
  };

  const customer: Create = (form) => {
    const id = nextCustomer();
    const body = shelves.customers.put(id, {
      id,
      object: 'customer',
      balance: 0,
      currency: null,
      delinquent: false,
      email: text(form, 'email'),
      name: text(form, 'name'),
      phone: text(form, 'phone'),
      ...common(form),
    });
    return { status: 200, body };
  };

  /** Looks up, creates and keeps in one step, so that two requests with one key cannot both create. */
  const once = (create: Create) => (request: FastifyRequest, reply: FastifyReply) => {
    const form = (request.body ?? {}) as Form;
    const key = request.headers['idempotency-key'];
    if (typeof key !== 'string') {
      const answer = create(form);
      return reply.code(answer.status).send(answer.body);
    }
    const asked = `${request.url} ${JSON.stringify(form)}`;
    const first = firstAnswers.get(key);
    if (first !== undefined && first.request !== asked) {
      const message = `Keys for idempotent requests can only be used with the same parameters they were first used with: ${key}`;
      return reply.code(400).send(stripeError('idempotency_error', message));
    }
    if (first !== undefined)
      return reply.code(first.status).header('idempotent-replayed', 'true').send(first.body);
    const answer = firstAnswers.put(key, { ...create(form), request: asked });
    return reply.code(answer.status).send(answer.body);
  };

  return {
    error: (status, message) =>
      stripeError(
        status >= 500 ? 'api_error' : 'invalid_request_error',
        message,
        status === 429 ? { code: 'rate_limit' } : {},
      ),
    routes(app) {
      app.addHook('preHandler', async (request, reply) => {
        if (
          request.url.startsWith('/v1/') &&
          !/^(Bearer|Basic) ./.test(request.headers.authorization ?? '')
        ) {
          await reply.code(401).send(stripeError('invalid_request_error', 'You did not provide an API key.'));
        }
      });
      const creators: [keyof typeof shelves, Create][] = [
        ['payment_intents', paymentIntent],
        ['charges', charge],
        ['customers', customer],
      ];
      for (const [kind, create] of creators) {
        app.post(`/v1/${kind}`, once(create));
        app.get<{ Querystring: { limit?: string } }>(`/v1/${kind}`, (request) => {
          const limit = Math.min(Number(request.query.limit ?? 10) || 10, 100);
          return {
            object: 'list',
            url: `/v1/${kind}`,
            has_more: shelves[kind].size > limit,
            data: shelves[kind].newest(limit),
          };
        });
        app.get<{ Params: { id: string } }>(`/v1/${kind}/:id`, (request, reply) => {
          const found = shelves[kind].get(request.params.id);
          if (found !== undefined) return found;
          const message = `No such ${kind.replace(/s$/, '')}: '${request.params.id}'`;
          return reply
            .code(404)
            .send(stripeError('invalid_request_error', message, { code: 'resource_missing', param: 'id' }));
        });
      }
    },
  };
}

function moneyOf(form: Form): { amount: number; currency: string } | { error: object } {
  const amount = Number(text(form, 'amount') ?? Number.NaN);
  const currency = text(form, 'currency');
  if (!Number.isInteger(amount) || amount < 1) {
    return stripeError('invalid_request_error', 'Invalid positive integer', {
      code: 'parameter_invalid_integer',
      param: 'amount',
    });
  }
  if (currency === null) {
    return stripeError('invalid_request_error', 'Missing required param: currency.', {
      code: 'parameter_missing',
      param: 'currency',
    });
  }
  return { amount, currency };
}

function common(form: Form) {
  const metadata = form['metadata'] ?? {};
  const created = Math.floor(Date.now() / 1000);
  return {
    created,
    customer: text(form, 'customer'),
    description: text(form, 'description'),
    livemode: false,
    metadata,
  };
}

function stripeError(type: string, message: string, more: object = {}): { error: object } {
  return { error: { type, message, ...more } };
}

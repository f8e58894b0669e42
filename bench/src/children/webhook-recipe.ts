import type { AddressInfo } from 'node:net';
import express from 'express';
import pg from 'pg';
import { Stripe } from 'stripe';

/**
 * The usual recipe: Express, the raw body, the official library, one insert for each event before the answer. It
 * tells nobody and processes nothing.
 */
const pool = new pg.Pool({ connectionString: process.env.DATABASE_URL ?? '', max: 10 });
await pool.query(
  'CREATE TABLE IF NOT EXISTS recipe_events (id text PRIMARY KEY, type text NOT NULL, payload jsonb NOT NULL)',
);
const stripe = new Stripe('sk_test_none');
const secret = process.env.WEBHOOK_SECRET ?? '';
const app = express();
app.post(
  '/webhook/stripe',
  express.raw({ type: 'application/json', limit: '1mb' }),
  async (request, response) => {
    let event: Stripe.Event;
    try {
      const signature = request.headers['stripe-signature'] ?? '';
      event = stripe.webhooks.constructEvent(request.body as Buffer, signature, secret);
    } catch {
      response.status(401).json({ received: false });
      return;
    }
    await pool.query(
      'INSERT INTO recipe_events (id, type, payload) VALUES ($1, $2, $3) ON CONFLICT DO NOTHING',
      [event.id, event.type, JSON.stringify(event)],
    );
    response.json({ received: true });
  },
);
const server = app.listen(0, '127.0.0.1', () => {
  process.send?.({ ready: { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}` } });
});
process.on('SIGTERM', () => {
  server.closeAllConnections();
  server.close(() => void pool.end().then(() => process.exit(0)));
});

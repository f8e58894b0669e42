import { text, type Form } from './form.js';
import { idSequence, Shelf, type Provider } from './provider.js';

interface Account {
  Params: { account: string };
}

/** Programmable messaging: `POST` and `GET /2010-04-01/Accounts/{sid}/Messages`. */
export function twilio(): Provider {
  const messages = new Shelf<object>();
  const nextSid = idSequence('SM', 32);

  const error = (status: number, message: string, code = 20_000 + status) => ({
    code,
    message,
    more_info: `https://www.twilio.com/docs/errors/${code}`,
    status,
  });

  return {
    error,
    routes(app) {
      app.post<Account & { Body: Form | undefined }>(
        '/2010-04-01/Accounts/:account/Messages.json',
        (request, reply) => {
          const form = request.body ?? {};
          const to = text(form, 'To');
          const from = text(form, 'From') ?? text(form, 'MessagingServiceSid');
          const body = text(form, 'Body');
          if (to === null)
            return reply.code(400).send(error(400, "A 'To' phone number is required.", 21_604));
          if (from === null)
            return reply.code(400).send(error(400, "A 'From' phone number is required.", 21_603));
          if (body === null) return reply.code(400).send(error(400, 'Message body is required.', 21_602));
          const sid = nextSid();
          const { account } = request.params;
          const now = new Date().toUTCString();
          const message = messages.put(sid, {
            sid,
            account_sid: account,
            api_version: '2010-04-01',
            body,
            to,
            from,
            direction: 'outbound-api',
            status: 'queued',
            num_segments: String(Math.max(1, Math.ceil(body.length / 160))),
            num_media: '0',
            price: null,
            price_unit: 'USD',
            error_code: null,
            error_message: null,
            date_created: now,
            date_updated: now,
            date_sent: null,
            messaging_service_sid: null,
            uri: `/2010-04-01/Accounts/${account}/Messages/${sid}.json`,
          });
          return reply.code(201).send(message);
        },
      );
      app.get<{ Params: { sid: string } }>(
        '/2010-04-01/Accounts/:account/Messages/:sid.json',
        (request, reply) => {
          const found = messages.get(request.params.sid);
          return found ?? reply.code(404).send(error(404, 'The requested resource was not found'));
        },
      );
    },
  };
}

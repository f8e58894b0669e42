import { idSequence, type Provider } from './provider.js';

interface Mail {
  personalizations?: { to?: { email?: string }[] }[];
  from?: { email?: string };
}

/** `POST /v3/mail/send`: 202 with an empty body and `X-Message-Id`. */
export function sendgrid(): Provider {
  const nextId = idSequence('sim', 22);
  const error = (_status: number, message: string, field: string | null = null) => ({
    errors: [{ message, field, help: null }],
  });

  return {
    error,
    routes(app) {
      app.post<{ Body: Mail | null }>('/v3/mail/send', (request, reply) => {
        const mail = request.body ?? {};
        if (mail.from?.email === undefined) {
          return reply
            .code(400)
            .send(error(400, 'The from object must be provided for every email send.', 'from'));
        }
        const recipients = (mail.personalizations ?? []).flatMap(({ to }) => to ?? []);
        if (recipients.length === 0) {
          const message =
            'The personalizations field is required and must have at least one personalization.';
          return reply.code(400).send(error(400, message, 'personalizations'));
        }
        return reply.code(202).header('x-message-id', nextId()).send();
      });
    },
  };
}

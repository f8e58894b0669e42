import { canonicalJson } from '../../wire/canonical-json.js';
import { shortDigest } from '../../wire/digest.js';
import { byteLength, jsonBody, JSON_TYPE } from '../../wire/http.js';
import { refuse, type Operation } from '../../wire/operation.js';
import { sharedCall } from '../lone.js';
import { mailSendPayload, type MailSend, type Personalization } from './mail-send-payload.js';

/** "There is a limit of 1000 total recipients (to + cc + bcc) per request", and of 1000 personalizations. */
const MOST_RECIPIENTS = 1_000;
/** The whole e-mail, attachments included. */
const MOST_BYTES = 30 * 1024 * 1024;

/**
 * Mails that differ in nothing but their personalizations become one. SendGrid answers 202 for the request as a
 * whole, with one message id. It documents no idempotency key: what may have been sent is not sent again.
 */
export const mailSend: Operation<MailSend> = {
  service: 'sendgrid',
  name: 'mail_send',
  payload: mailSendPayload,
  merges: true,
  check(mail) {
    if (mail.reply_to !== undefined && mail.reply_to_list !== undefined) {
      refuse('payload.reply_to_list', 'excludes reply_to');
    }
    if (mail.template_id === undefined && mail.content === undefined) {
      refuse('payload.content', 'is required without a template_id');
    }
    const seen = new Set<string>();
    mail.personalizations.forEach((personalization, index) => {
      for (const [field, email] of recipientsOf(personalization)) {
        if (seen.has(email)) {
          refuse(`payload.personalizations.${index}.${field}`, 'an address may be in one request only once');
        }
        seen.add(email);
      }
    });
    if (seen.size > MOST_RECIPIENTS) {
      refuse('payload.personalizations', `may have at most ${MOST_RECIPIENTS} recipients in all`);
    }
    if (byteLength(JSON.stringify(mail)) > MOST_BYTES) refuse('payload', 'must be less than 30 MB');
  },
  effect: () => 'write',
  repeatable: () => false,
  mergeKeys({ personalizations: _, ...shared }) {
    return [shortDigest(canonicalJson(shared))];
  },
  measure({ personalizations, ...shared }) {
    const addresses = personalizations.flatMap((one) => recipientsOf(one).map(([, email]) => email));
    return {
      units: addresses.length,
      mostUnits: MOST_RECIPIENTS,
      bytes: byteLength(JSON.stringify(personalizations)),
      sharedBytes: byteLength(JSON.stringify(shared)),
      addedBillableUnits: addresses.length,
      conflicts: addresses,
    };
  },
  lane: () => 'sendgrid',
  encode(items) {
    const [first] = items;
    if (first === undefined) return [];
    const { personalizations: _, ...shared } = first.payload;
    const personalizations = items.flatMap((item) => item.payload.personalizations);
    const recipients = personalizations.reduce((sum, one) => sum + recipientsOf(one).length, 0);
    return [
      sharedCall(
        {
          method: 'POST',
          path: '/v3/mail/send',
          query: [],
          headers: { 'content-type': JSON_TYPE },
          body: JSON.stringify({ personalizations, ...shared }),
        },
        items,
        recipients,
      ),
    ];
  },
  split(call, [response]) {
    const answer = { messageId: response?.headers['x-message-id'] ?? null };
    return new Map(call.itemIds.map((id) => [id, answer]));
  },
  /** `{"errors":[{"field":"personalizations.3.to.0.email",…}]}` */
  culprits(_call, response, items) {
    const owners = items.flatMap(({ id, payload }) => payload.personalizations.map(() => id));
    const { errors } = (jsonBody(response) ?? {}) as { errors?: { field?: string | null }[] };
    const named = (Array.isArray(errors) ? errors : []).flatMap(({ field }) => {
      const index = /^personalizations\.(\d+)/.exec(field ?? '')?.[1];
      return owners[Number(index)] ?? [];
    });
    return [...new Set(named)];
  },
};

/** Addresses compare without case: SendGrid takes `A@x` and `a@x` for one. */
function recipientsOf({ to, cc = [], bcc = [] }: Personalization): [field: string, email: string][] {
  const named = (field: string, list: Personalization['to']) =>
    list.map(({ email }, index): [string, string] => [`${field}.${index}.email`, email.toLowerCase()]);
  return [...named('to', to), ...named('cc', cc), ...named('bcc', bcc)];
}

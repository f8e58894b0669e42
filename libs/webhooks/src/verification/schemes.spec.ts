import assert from 'node:assert/strict';
import { Buffer } from 'node:buffer';
import { createHmac } from 'node:crypto';
import { describe, it } from 'node:test';
import { SERVICE_NAMES, type ServiceName } from '@signalbox/contracts';
import { EventWebhook } from '@sendgrid/eventwebhook';
import { checkSecret, verifierOf } from '../services.js';
import {
  BODIES,
  ED25519_SECRET,
  SIGN,
  anotherSendgridKey,
  secretOf,
  signMapsEd25519,
} from '../testing/sign.js';
import type { Delivery, Secret } from './delivery.js';

const SIGNED_AT_MS = 1_735_689_600_000;

/** Every scheme, with a delivery that is verified. */
const SCHEMES: { name: string; service: ServiceName; secret: Secret; sign: (atMs: number) => Delivery }[] = [
  ...SERVICE_NAMES.map((service) => ({
    name: service,
    service,
    secret: secretOf(service),
    sign: (atMs: number) => SIGN[service](BODIES[service], atMs),
  })),
  {
    name: 'maps with ed25519',
    service: 'maps',
    secret: secretOf('maps', ED25519_SECRET),
    sign: (atMs: number) => signMapsEd25519(BODIES.maps, atMs),
  },
];

/** What of the headers a scheme signs, or is the signature. */
const COVERED = [
  'stripe-signature',
  'x-twilio-signature',
  'x-twilio-email-event-webhook-signature',
  'x-twilio-email-event-webhook-timestamp',
  'x-samsara-signature',
  'x-samsara-timestamp',
  'x-airtable-content-mac',
  'webhook-id',
  'webhook-timestamp',
  'webhook-signature',
];
const TIMED = /stripe|sendgrid|samsara|maps/;

/** The lowest bit, the one that changes case, the highest, and all. */
const FLIPS = [0x01, 0x20, 0x80, 0xff];

for (const { name, service, secret, sign } of SCHEMES) {
  describe(`the ${name} scheme`, () => {
    const verify = verifierOf(service, [secret]);
    const delivery = sign(SIGNED_AT_MS);
    const reasonOf = (changed: Partial<Delivery>, nowMs = SIGNED_AT_MS) => {
      const verdict = verify({ ...delivery, ...changed }, nowMs);
      return verdict.kind === 'refused' ? verdict.reason : verdict.kind;
    };
    const covered = COVERED.filter((header) => header in delivery.headers);
    const text = (header: string) => delivery.headers[header] as string;

    it('verifies what the provider signed, and says with which secret and when', () => {
      const signedAtMs = TIMED.test(name) ? SIGNED_AT_MS : null;
      assert.deepEqual(verify(delivery, SIGNED_AT_MS), { kind: 'verified', secretId: secret.id, signedAtMs });
    });

    it('refuses a body with any of its bytes changed, removed or doubled', () => {
      const { rawBody } = delivery;
      for (let index = 0; index < rawBody.length; index++) {
        for (const flip of FLIPS) {
          const changed = Buffer.from(rawBody);
          changed[index] = (rawBody[index] ?? 0) ^ flip;
          if (service === 'twilio' && sameForm(changed, rawBody)) continue;
          assert.notEqual(reasonOf({ rawBody: changed }), 'verified', `byte ${index} ^ ${flip}`);
        }
        const [before, after] = [rawBody.subarray(0, index), rawBody.subarray(index + 1)];
        assert.notEqual(
          reasonOf({ rawBody: Buffer.concat([before, after]) }),
          'verified',
          `without ${index}`,
        );
        const doubled = Buffer.concat([rawBody.subarray(0, index + 1), rawBody.subarray(index)]);
        assert.notEqual(reasonOf({ rawBody: doubled }), 'verified', `${index} doubled`);
      }
      assert.notEqual(reasonOf({ rawBody: Buffer.alloc(0) }), 'verified');
      assert.notEqual(reasonOf({ rawBody: Buffer.concat([Buffer.from('\ufeff'), rawBody]) }), 'verified');
    });

    it('refuses a signature, a time or an id with any character changed or removed', () => {
      for (const header of covered) {
        const given = text(header);
        for (let index = 0; index < given.length; index++) {
          const [before, after] = [given.slice(0, index), given.slice(index + 1)];
          for (const flip of FLIPS) {
            const changed = before + String.fromCharCode(given.charCodeAt(index) ^ flip) + after;
            const headers = { ...delivery.headers, [header]: changed };
            assert.notEqual(reasonOf({ headers }), 'verified', `${header}: ${changed}`);
          }
          const headers = { ...delivery.headers, [header]: before + after };
          assert.notEqual(reasonOf({ headers }), 'verified', `${header}: ${before + after}`);
        }
      }
    });

    it('has one text for a signature: no other ending, in letters or in spare bits, stands for the same', () => {
      const letters = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/=';
      for (const header of covered) {
        const given = text(header);
        for (const at of [given.length - 3, given.length - 2, given.length - 1]) {
          for (const letter of letters) {
            if (letter === given[at]) continue;
            const changed = given.slice(0, at) + letter + given.slice(at + 1);
            assert.notEqual(
              reasonOf({ headers: { ...delivery.headers, [header]: changed } }),
              'verified',
              changed,
            );
          }
        }
      }
    });

    it('refuses a header that is missing, empty, repeated or endless, each with its reason', () => {
      for (const header of covered) {
        const withHeader = (value: string | string[] | undefined) =>
          reasonOf({ headers: { ...delivery.headers, [header]: value } });
        assert.match(withHeader(undefined), /^missing_/, header);
        assert.match(withHeader(''), /^missing_/, header);
        assert.match(withHeader([]), /^missing_/, header);
        assert.match(withHeader([text(header), text(header)]), /^malformed_/, header);
        assert.match(withHeader(text(header).repeat(200)), /^(malformed_|too_many_)/, header);
        // As Node joins a header that was sent twice. A list of signatures that is joined is a longer one.
        if (header !== 'webhook-signature') {
          assert.notEqual(withHeader(`${text(header)}, ${text(header)}`), 'verified', header);
        }
      }
    });

    it('takes a header that a server gives as a list of one', () => {
      const headers = Object.fromEntries(
        Object.entries(delivery.headers).map(([key, value]) => [key, [value]]),
      );
      assert.equal(reasonOf({ headers: headers as Delivery['headers'] }), 'verified');
    });

    // The libraries of Stripe and Standard Webhooks sign text only, Twilio fields: see below.
    const signsBytes = /sendgrid|samsara|airtable|ed25519/.test(name);
    if (signsBytes) {
      it('verifies bytes that are no text', () => {
        for (const bytes of [[0xff, 0xfe, 0x00], [0xef, 0xbb, 0xbf, 0x7b, 0x7d], [0xc3, 0x28], []]) {
          const rawBody = Buffer.from(bytes);
          const binary =
            name === 'maps with ed25519'
              ? signMapsEd25519(rawBody, SIGNED_AT_MS)
              : SIGN[service](rawBody, SIGNED_AT_MS);
          assert.equal(verify(binary, SIGNED_AT_MS).kind, 'verified', bytes.join());
        }
      });
    }

    it('refuses everything when no secret is active, or none has its form', () => {
      const reason = { kind: 'refused', reason: 'no_secret' };
      assert.deepEqual(verifierOf(service, [])(delivery, SIGNED_AT_MS), reason);
      assert.deepEqual(verifierOf(service, [{ id: 'x', value: '' }])(delivery, SIGNED_AT_MS), reason);
    });

    if (TIMED.test(name)) {
      for (const [seconds, expected] of [
        [-301, 'timestamp_out_of_range'],
        [-300, 'verified'],
        [-299, 'verified'],
        [299, 'verified'],
        [300, 'verified'],
        [301, 'timestamp_out_of_range'],
      ] as const) {
        it(`${expected === 'verified' ? 'takes' : 'refuses'} what was signed ${-seconds} s from now`, () => {
          assert.equal(reasonOf({}, SIGNED_AT_MS + seconds * 1_000), expected);
        });
      }
    }
  });
}

function sameForm(one: Buffer, other: Buffer): boolean {
  const fields = (body: Buffer) => [...new URLSearchParams(body.toString('utf8'))].sort();
  return JSON.stringify(fields(one)) === JSON.stringify(fields(other));
}

/** For each service another secret, and how its provider signs with it. */
const OTHERS: Record<ServiceName, { secret: string; signWith: string }> = {
  stripe: both('whsec_another_secret_of_ours'),
  twilio: both('fedcba9876543210fedcba9876543210'),
  sendgrid: (({ privateKey, secret }) => ({ secret, signWith: privateKey }))(anotherSendgridKey()),
  samsara: both(Buffer.from('another-secret-of-samsara').toString('base64')),
  airtable: both(Buffer.from('another-secret-of-airtable').toString('base64')),
  maps: both(`whsec_${Buffer.from('another-secret-of-maps').toString('base64')}`),
};

function both(secret: string) {
  return { secret, signWith: secret };
}

describe('a rotation of secrets', () => {
  for (const service of SERVICE_NAMES) {
    it(`${service}: leaves no gap while both are active, and ends the old one when it is removed`, () => {
      const { secret, signWith } = OTHERS[service];
      const [old, next] = [secretOf(service), { id: 'next', value: secret }];
      const byOld = SIGN[service](BODIES[service], SIGNED_AT_MS);
      const byNext = SIGN[service](BODIES[service], SIGNED_AT_MS, signWith);
      const signer = (active: Secret[], delivery: Delivery) => {
        const verdict = verifierOf(service, active)(delivery, SIGNED_AT_MS);
        return verdict.kind === 'verified' ? verdict.secretId : verdict.reason;
      };
      assert.equal(signer([old], byNext), 'signature_mismatch');
      assert.equal(signer([next, old], byOld), old.id);
      assert.equal(signer([next, old], byNext), 'next');
      assert.equal(signer([old, next], byNext), 'next');
      assert.equal(signer([next], byOld), 'signature_mismatch');
    });

    it(`${service}: passes over a secret that is broken`, () => {
      const broken = { id: 'broken', value: '\u0000 no secret' };
      const delivery = SIGN[service](BODIES[service], SIGNED_AT_MS);
      assert.equal(verifierOf(service, [broken, secretOf(service)])(delivery, SIGNED_AT_MS).kind, 'verified');
    });
  }
});

describe('a secret', () => {
  const GOOD: [ServiceName, string][] = [
    ...SERVICE_NAMES.map((service): [ServiceName, string] => [service, secretOf(service).value]),
    ['maps', ED25519_SECRET],
  ];
  for (const [service, value] of GOOD) {
    it(`of ${service} is taken in the provider’s form: ${value.slice(0, 6)}…`, () =>
      assert.equal(checkSecret(service, value), null));
  }

  const BAD: [ServiceName, string, string][] = [
    ['stripe', 'sk_live_an_api_key_is_no_secret', 'another kind of key'],
    ['stripe', 'whsec_short', 'too short to be safe'],
    ['stripe', 'whsec_with a blank in the middle', 'a character that keys never have'],
    ['twilio', '0123456789ABCDEF0123456789ABCDEF', 'upper case'],
    ['twilio', 'AC0123456789abcdef0123456789abcd', 'an account id'],
    ['sendgrid', 'bm90IGEga2V5', 'base64 of no key'],
    ['sendgrid', p384(), 'a key of another curve'],
    ['sendgrid', ED25519_SECRET.slice(5), 'a bare ed25519 key'],
    ['samsara', 'not base64!', 'no base64'],
    ['samsara', 'c2hvcnQ=', 'too short to be safe'],
    ['airtable', 'YWlydGFibGUtbWFjLXNlY3JldC0wMDAwMR', 'base64 cut off'],
    ['maps', 'MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw', 'no prefix'],
    ['maps', 'whpk_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw', 'too short for a public key'],
    ['maps', 'whsk_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw', 'the private key of the sender'],
  ];
  for (const [service, value, what] of BAD) {
    it(`of ${service} is refused, without being shown: ${what}`, () => {
      const problem = checkSecret(service, value);
      assert.ok(problem !== null && !problem.includes(value), String(problem));
    });
  }

  function p384(): string {
    // SPKI of a P-384 key.
    return 'MHYwEAYHKoZIzj0CAQYFK4EEACIDYgAEqofKIr6LBTeOscce8yCtdG4dO2KLp5uYWfdB4IJUKjhVAvJdv1UpbDpUXjhydgq3NhfeSpYmLG9dnpi/kpLcKfj0Hb0omhR86doxE7XwuMAKYLHOHX6BnXpDHXyQ6g5f';
  }
});

describe('the bound on signatures in one delivery', () => {
  it('stripe: sixteen are tried, more are refused untried', () => {
    const verify = verifierOf('stripe', [secretOf('stripe')]);
    const delivery = SIGN.stripe(BODIES.stripe, SIGNED_AT_MS);
    const [time, right] = (delivery.headers['stripe-signature'] as string).split(',');
    const withOthers = (count: number) => {
      const header = [time, ...Array<string>(count).fill(`v1=${'0'.repeat(64)}`), right].join(',');
      return verify({ ...delivery, headers: { 'stripe-signature': header } }, SIGNED_AT_MS);
    };
    assert.equal(withOthers(15).kind, 'verified');
    assert.deepEqual(withOthers(16), { kind: 'refused', reason: 'too_many_signatures' });
  });

  it('maps: sixteen are tried, more are refused untried', () => {
    const verify = verifierOf('maps', [secretOf('maps', ED25519_SECRET)]);
    const delivery = signMapsEd25519(BODIES.maps, SIGNED_AT_MS);
    const right = delivery.headers['webhook-signature'] as string;
    const wrong = `v1a,${Buffer.alloc(64).toString('base64')}`;
    const withOthers = (count: number) => {
      const header = [...Array<string>(count).fill(wrong), right].join(' ');
      return verify(
        { ...delivery, headers: { ...delivery.headers, 'webhook-signature': header } },
        SIGNED_AT_MS,
      );
    };
    assert.equal(withOthers(15).kind, 'verified');
    assert.deepEqual(withOthers(16), { kind: 'refused', reason: 'too_many_signatures' });
  });
});

describe('bytes that are no text', () => {
  const BYTES = Buffer.from([0xef, 0xbb, 0xbf, 0x7b, 0xff, 0x00, 0x7d]);
  const seconds = String(SIGNED_AT_MS / 1_000);
  const mac = (key: string | Buffer, signed: string) =>
    createHmac('sha256', key).update(signed).update(BYTES);
  const request = (headers: Delivery['headers']) => ({ headers, rawBody: BYTES, publicUrl: null, query: '' });

  it('stripe: are verified as they came, byte order mark and all', () => {
    const { value } = secretOf('stripe');
    const header = `t=${seconds},v1=${mac(value, `${seconds}.`).digest('hex')}`;
    const verify = verifierOf('stripe', [secretOf('stripe')]);
    assert.equal(verify(request({ 'stripe-signature': header }), SIGNED_AT_MS).kind, 'verified');
  });

  it('maps: are verified as they came, byte order mark and all', () => {
    const key = Buffer.from(secretOf('maps').value.slice('whsec_'.length), 'base64');
    const headers = {
      'webhook-id': 'm',
      'webhook-timestamp': seconds,
      'webhook-signature': `v1,${mac(key, `m.${seconds}.`).digest('base64')}`,
    };
    assert.equal(verifierOf('maps', [secretOf('maps')])(request(headers), SIGNED_AT_MS).kind, 'verified');
  });
});

describe('what a scheme must not mix up', () => {
  it('stripe: v0 proves nothing, and two times in one header are refused', () => {
    const verify = verifierOf('stripe', [secretOf('stripe')]);
    const delivery = SIGN.stripe(BODIES.stripe, SIGNED_AT_MS);
    const header = delivery.headers['stripe-signature'] as string;
    const reasonOf = (changed: string) => {
      const verdict = verify({ ...delivery, headers: { 'stripe-signature': changed } }, SIGNED_AT_MS);
      return verdict.kind === 'refused' ? verdict.reason : verdict.kind;
    };
    assert.equal(reasonOf(header.replace('v1=', 'v0=')), 'malformed_signature');
    assert.equal(reasonOf(`t=1,${header}`), 'malformed_signature');
    assert.equal(reasonOf(`${header},v0=ff,v2=whatever`), 'verified');
    assert.equal(reasonOf(header.split(',')[1] ?? ''), 'missing_timestamp');
  });

  it('maps: an ed25519 signature never stands for a shared key, nor the other way', () => {
    const shared = SIGN.maps(BODIES.maps, SIGNED_AT_MS);
    const asymmetric = signMapsEd25519(BODIES.maps, SIGNED_AT_MS);
    const refusal = { kind: 'refused', reason: 'signature_mismatch' };
    assert.deepEqual(verifierOf('maps', [secretOf('maps')])(asymmetric, SIGNED_AT_MS), refusal);
    assert.deepEqual(verifierOf('maps', [secretOf('maps', ED25519_SECRET)])(shared, SIGNED_AT_MS), refusal);
  });

  it('maps: an id with a full stop is refused, for the signed text could be cut elsewhere', () => {
    const verify = verifierOf('maps', [secretOf('maps')]);
    const delivery = SIGN.maps(BODIES.maps, SIGNED_AT_MS);
    const headers = { ...delivery.headers, 'webhook-id': 'msg.1' };
    assert.deepEqual(verify({ ...delivery, headers }, SIGNED_AT_MS), {
      kind: 'refused',
      reason: 'malformed_message_id',
    });
  });

  it('sendgrid: its own library agrees', () => {
    const { rawBody, headers } = SIGN.sendgrid(BODIES.sendgrid, SIGNED_AT_MS);
    const library = new EventWebhook();
    const key = library.convertPublicKeyToECDSA(secretOf('sendgrid').value);
    const signature = headers['x-twilio-email-event-webhook-signature'] as string;
    const time = headers['x-twilio-email-event-webhook-timestamp'] as string;
    assert.ok(library.verifySignature(key, rawBody, signature, time));
  });
});

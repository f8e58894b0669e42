import { contract } from '@signalbox/contracts';
import Type, { type Static } from 'typebox';

/** The body of SendGrid's `POST /v3/mail/send` (API reference, Mail Send), to the limits that it documents. */

const strict = { additionalProperties: false } as const;
const Email = Type.String({ minLength: 3, maxLength: 320, pattern: '^[^\\s@]+@[^\\s@]+$' });
const Address = Type.Object({ email: Email, name: Type.Optional(Type.String({ maxLength: 320 })) }, strict);
/** SendGrid refuses `;` and `,` in the names of recipients. */
const Recipient = Type.Object(
  { email: Email, name: Type.Optional(Type.String({ maxLength: 320, pattern: '^[^;,]*$' })) },
  strict,
);
const Recipients = Type.Array(Recipient, { minItems: 1, maxItems: 1_000 });
const Strings = Type.Record(Type.String({ maxLength: 256 }), Type.String({ maxLength: 10_000 }));
const UnixSeconds = Type.Integer({ minimum: 0, maximum: 4_102_444_800 });

const PersonalizationSchema = Type.Object(
  {
    to: Recipients,
    cc: Type.Optional(Recipients),
    bcc: Type.Optional(Recipients),
    from: Type.Optional(Address),
    subject: Type.Optional(Type.String({ minLength: 1, maxLength: 998 })),
    headers: Type.Optional(Strings),
    substitutions: Type.Optional(Strings),
    dynamic_template_data: Type.Optional(Type.Record(Type.String({ maxLength: 256 }), Type.Unknown())),
    custom_args: Type.Optional(Strings),
    send_at: Type.Optional(UnixSeconds),
  },
  strict,
);
export type Personalization = Static<typeof PersonalizationSchema>;

const AttachmentSchema = Type.Object(
  {
    content: Type.String({ minLength: 1, maxLength: 30 * 1024 * 1024 }),
    filename: Type.String({ minLength: 1, maxLength: 512 }),
    type: Type.Optional(Type.String({ maxLength: 128 })),
    disposition: Type.Optional(Type.Enum(['inline', 'attachment'])),
    content_id: Type.Optional(Type.String({ maxLength: 256 })),
  },
  strict,
);

const Settings = Type.Record(Type.String({ maxLength: 64 }), Type.Unknown());

const MailSendSchema = Type.Object(
  {
    personalizations: Type.Array(PersonalizationSchema, { minItems: 1, maxItems: 1_000 }),
    from: Address,
    reply_to: Type.Optional(Address),
    reply_to_list: Type.Optional(Type.Array(Address, { minItems: 1, maxItems: 1_000 })),
    subject: Type.Optional(Type.String({ minLength: 1, maxLength: 998 })),
    content: Type.Optional(
      Type.Array(
        Type.Object(
          { type: Type.String({ minLength: 1, maxLength: 128 }), value: Type.String({ minLength: 1 }) },
          strict,
        ),
        { minItems: 1, maxItems: 10 },
      ),
    ),
    attachments: Type.Optional(Type.Array(AttachmentSchema, { maxItems: 100 })),
    template_id: Type.Optional(Type.String({ minLength: 1, maxLength: 128 })),
    headers: Type.Optional(Strings),
    categories: Type.Optional(
      Type.Array(Type.String({ minLength: 1, maxLength: 255 }), { maxItems: 10, uniqueItems: true }),
    ),
    custom_args: Type.Optional(Strings),
    send_at: Type.Optional(UnixSeconds),
    batch_id: Type.Optional(Type.String({ minLength: 1, maxLength: 128 })),
    asm: Type.Optional(
      Type.Object(
        {
          group_id: Type.Integer(),
          groups_to_display: Type.Optional(Type.Array(Type.Integer(), { maxItems: 25 })),
        },
        strict,
      ),
    ),
    ip_pool_name: Type.Optional(Type.String({ minLength: 2, maxLength: 64 })),
    mail_settings: Type.Optional(Settings),
    tracking_settings: Type.Optional(Settings),
  },
  strict,
);
export type MailSend = Static<typeof MailSendSchema>;
export const mailSendPayload = contract(MailSendSchema);

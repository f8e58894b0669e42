/** GSM 03.38: the basic set, and the characters that cost two. */
const BASIC = new Set(
  '@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !"#¤%&\'()*+,-./0123456789:;<=>?¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà',
);
const EXTENDED = new Set('\f^{}\\[~]|€');

/** Septets of GSM-7 that fit alone, and in one part of several; UTF-16 units of UCS-2 likewise. */
const GSM7 = { alone: 160, part: 153 };
const UCS2 = { alone: 70, part: 67 };

/** SMS segments of a body, which is what Twilio bills; a message without one is one. */
export function smsSegments(body: string): number {
  const characters = [...body];
  const gsm = characters.every((one) => BASIC.has(one) || EXTENDED.has(one));
  const length = gsm ? characters.reduce((sum, one) => sum + (EXTENDED.has(one) ? 2 : 1), 0) : body.length;
  const { alone, part } = gsm ? GSM7 : UCS2;
  return length <= alone ? 1 : Math.ceil(length / part);
}

/** What came with a payload. */
export interface FactContext {
  readonly subject: string;
  /** From the message's header, else made for this message; the handler already runs under it. */
  readonly correlationId: string;
  /** 1 the first time; more when it comes again. */
  readonly deliveries: number;
  /** The sender's id of the message; null when it gave none. */
  readonly msgId: string | null;
}

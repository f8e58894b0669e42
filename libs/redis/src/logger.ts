/** What this library needs of a logger; a pino logger is one. */
export interface RedisLogger {
  info(fields: object, message: string): void;
  warn(fields: object, message: string): void;
}

import type { RedisConnection } from './redis-connection.js';

/** How often calls may leave by a lane, over all workers. */
export interface LanePace {
  /** Null: as often as they like, until the lane is told to rest. */
  requestsPerSecond: number | null;
  /** Calls that may go at once after a pause, at least 1. */
  burst: number;
}

/**
 * GCRA (ITU-T I.371, virtual scheduling) with a rest.
 *
 * KEYS[1] the lane's hash: `due` = theoretical arrival time of its next call, `rest` = until when it rests; µs of
 *         Redis's own clock, so that workers need not agree about time
 * ARGV[1] interval between calls, µs; 0: none    ARGV[2] burst    ARGV[3] µs of rest to add; 0 asks for a place
 * Returns 0 when the call may go (its place is taken), else the µs to wait, with nothing taken.
 * One atomic step. The hash expires when it no longer says anything.
 */
const PACE = `
local clock = redis.call('TIME')
local now = clock[1] * 1000000 + clock[2]
local known = redis.call('HMGET', KEYS[1], 'due', 'rest')
local due, rest = tonumber(known[1]) or 0, tonumber(known[2]) or 0
local interval, burst, more = tonumber(ARGV[1]), tonumber(ARGV[2]), tonumber(ARGV[3])
local wait = 0
if more > 0 then
  rest = math.max(rest, now + more)
else
  wait = math.max(rest, due - (burst - 1) * interval) - now
  if wait > 0 then return wait end
  if interval == 0 then return 0 end
  due = math.max(due, now) + interval
end
redis.call('HSET', KEYS[1], 'due', string.format('%.0f', due), 'rest', string.format('%.0f', rest))
redis.call('PEXPIRE', KEYS[1], math.ceil((math.max(due, rest) - now) / 1000) + 1000)
return 0
`;

const MICROS = 1_000_000;

/** The pace of a provider's lanes, shared by all workers. Every method rejects with DEPENDENCY_UNAVAILABLE while Redis is away. */
export class SharedPacer {
  constructor(private readonly connection: RedisConnection) {}

  /** 0: the call may go and its place is taken. Else how long to wait before asking again, ms. */
  async take(lane: string, { requestsPerSecond, burst }: LanePace): Promise<number> {
    const intervalMicros = requestsPerSecond === null ? 0 : Math.ceil(MICROS / requestsPerSecond);
    return this.step(lane, [intervalMicros, burst, 0]);
  }

  /** Nothing goes by the lane for so long; a longer rest stays as it is. */
  async rest(lane: string, forMs: number): Promise<void> {
    await this.step(lane, [0, 1, Math.ceil(forMs * 1_000)]);
  }

  private async step(lane: string, args: number[]): Promise<number> {
    const waitMicros = await this.connection.run((redis) =>
      redis.eval(PACE, 1, `signalbox:pace:{${lane}}`, ...args),
    );
    return Math.ceil(Number(waitMicros) / 1_000);
  }
}

import { PRELUDE, TIERS } from './prelude.js';

/** See its own header. */
export const STATE = /* lua */ `
--[[
  Where a service stands.

  KEYS[1]  book        ARGV  1 prefix    2 … 6 days and 7 … 11 months: key, start, end, following key, its end

  Returns  {0} lost; {-1, now µs} now lies in neither of the periods given;
           {1, now µs, generation, arrival µs, calls in the hour, youngest minute, calls of the day,
            day key, day spent, reserved, leased, throttling, month key, …, open reservations}

  Atomic   Reads only.
]]
${PRELUDE}
${TIERS}
local book = redis.call('HMGET', KEYS[1], 'g', 'tat', 'hm', 'ht')
if not book[1] then return {0} end
local dayKey, monthKey = periodOf(2), periodOf(7)
if not dayKey or not monthKey then return {-1, nowUs} end
local hm = tonumber(book[3] or 0)
local hourCalls = readHour(hm, tonumber(book[4] or 0))
local day, month = readPeriod('day', dayKey), readPeriod('month', monthKey)
return {1, nowUs, tonumber(book[1]), tonumber(book[2] or 0), hourCalls, hm, day.c,
  dayKey, day.s, day.r, day.l, day.b and 1 or 0, monthKey, month.s, month.r, month.l, month.b and 1 or 0,
  redis.call('ZCARD', prefix .. 'open')}
`;

/** See its own header. */
export const RESTORE_BEGIN = /* lua */ `
--[[
  Begins to restore a service: from here until RESTORE_END it is lost to everybody.

  KEYS[1]  book        ARGV  1 prefix    2 generation    3 run id of the server
           Derived from ARGV[1]: reservations, open, settled, overrides, unjournalled.

  Returns  {now ms}, or {0} when the service is of that generation or a later one, or is being restored to one.

]]
local prefix, generation = ARGV[1], tonumber(ARGV[2])
local book = redis.call('HMGET', KEYS[1], 'g', 'rg')
if tonumber(book[1] or 0) >= generation or tonumber(book[2] or 0) >= generation then return {0} end
redis.call('UNLINK', KEYS[1], prefix .. 'reservations', prefix .. 'open', prefix .. 'settled', prefix .. 'overrides',
  prefix .. 'unjournalled')
redis.call('HSET', KEYS[1], 'rg', generation, 'run', ARGV[3])
local time = redis.call('TIME')
return {time[1] * 1000 + math.floor(time[2] / 1000)}
`;

/** See its own header. */
export const RESTORE_RECORDS = /* lua */ `
--[[
  Restores some reservations and leases, with RESTORE_BEGIN before and RESTORE_END after.

  KEYS[1]  book        ARGV  1 prefix    2 generation    then for each: id and its record as JSON
           Derived from ARGV[1]: reservations, open, settled, restoring.

  Returns  1, or 0 when another restore has taken over. Holds the claim on restoring for another 10 s.
]]
local prefix, generation = ARGV[1], tonumber(ARGV[2])
if tonumber(redis.call('HGET', KEYS[1], 'rg') or 0) ~= generation then return 0 end
redis.call('PEXPIRE', prefix .. 'restoring', 10000)
for at = 3, #ARGV, 2 do
  local id, record = ARGV[at], cjson.decode(ARGV[at + 1])
  redis.call('HSET', prefix .. 'reservations', id, cmsgpack.pack(record))
  if record[3] == 'o' then
    redis.call('ZADD', prefix .. 'open', record[10], id)
  else
    redis.call('ZADD', prefix .. 'settled', record[11], id)
  end
end
return 1
`;

/** See its own header. */
export const RESTORE_END = /* lua */ `
--[[
  Restores the counts and lets the service be found again.

  KEYS[1]  book        ARGV  1 prefix    2 generation    3 JSON:
           { arrivalUs, minutes: [[minute, calls]…], running (minute), drawn: [[override id, µ$]…],
             periods: [[kind, key, spent, reserved, leased, calls, throttling, told]…] }
           Derived from ARGV[1]: day:*, month:*, overrides, restoring.

  Returns  1, or 0 when another restore has taken over.
]]
local prefix, generation = ARGV[1], tonumber(ARGV[2])
if tonumber(redis.call('HGET', KEYS[1], 'rg') or 0) ~= generation then return 0 end
local counts = cjson.decode(ARGV[3])
local total = 0
for _, minute in ipairs(counts.minutes) do
  redis.call('HSET', KEYS[1], 'm' .. (minute[1] % 61), minute[2])
  total = total + minute[2]
end
redis.call('HSET', KEYS[1], 'tat', counts.arrivalUs, 'hm', counts.running, 'ht', total)
for _, draw in ipairs(counts.drawn) do redis.call('HSET', prefix .. 'overrides', draw[1], draw[2]) end
for _, p in ipairs(counts.periods) do
  local name = prefix .. p[1] .. ':' .. p[2]
  redis.call('DEL', name)
  redis.call('HSET', name, 's', p[3], 'r', p[4], 'l', p[5], 'c', p[6], 'b', p[7], 'a', p[8])
  redis.call('PEXPIRE', name, (p[1] == 'day' and 4 or 40) * 86400000)
end
redis.call('HDEL', KEYS[1], 'rg')
redis.call('HSET', KEYS[1], 'g', generation)
redis.call('DEL', prefix .. 'restoring')
return 1
`;

/** See its own header. */
export const DISTRUST = /* lua */ `
--[[
  Loses a service whose counts were written on another run of the server: a server that was restarted from its disk, or a
  replica that was promoted, may lack the last writes, and the journal has them.

  KEYS[1]  book        ARGV  1 run id of the server

  Returns  1 if the counts are lost now, 0 if they are of this run.
]]
local book = redis.call('HMGET', KEYS[1], 'g', 'run')
if not book[1] or book[2] == ARGV[1] then return 0 end
redis.call('HDEL', KEYS[1], 'g')
return 1
`;

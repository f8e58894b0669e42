import { PRELUDE, RECORDS, TIERS } from './prelude.js';

/** Books a reservation's end in its periods; after RECORDS. */
const CLOSE = /* lua */ `
-- Adds to the counts of a record's two periods. One that is so old that its counts are gone stays gone.
local function book(record, spent, reserved, leased, calls, dayRules, monthRules, alerts, mayBeNew)
  for _, period in ipairs({readPeriod('day', record[7]), readPeriod('month', record[8])}) do
    if mayBeNew or not period.isNew then
      period.s = period.s + spent
      period.r = period.r + reserved
      period.l = period.l + leased
      if period.kind == 'day' then period.c = math.max(0, period.c + calls) end
      writePeriod(period, period.kind == 'day' and dayRules or monthRules, alerts)
    end
  end
end

-- Ends an open reservation or lease without a cost.
local function close(id, record, state, calls, dayRules, monthRules, alerts)
  local leased = record[2] == 1 and -record[5] or 0
  local reserved = record[2] == 1 and 0 or -record[4]
  book(record, 0, reserved, leased, calls, dayRules, monthRules, alerts, false)
  if record[14] > 0 then redis.call('HINCRBY', prefix .. 'overrides', record[13], -record[14]) end
  record[3], record[5], record[11] = state, 0, nowMs
  writeRecord(id, record)
  redis.call('ZREM', prefix .. 'open', id)
  redis.call('ZADD', prefix .. 'settled', nowMs, id)
end
`;

/** See its own header. */
export const SETTLE = /* lua */ `
--[[
  Ends a reservation: commits what the call cost, releases it, or gives back the rest of a lease.

  KEYS[1]  book
           Derived from ARGV[1]: reservations, day:*, month:*, open, settled, alerts, overrides, unjournalled.

  ARGV     1 prefix    2 id    3 commit, release or return    4 actual cost, µ$ (commit)
           5 burst interval, µs    6 burst tolerance, µs
           7 … 11 days and 12 … 16 months: key, start, end, following key, its end
          17 … 26 the day's budget, 27 … 36 the month's: cap, leave, enter, middle, 3 × (basis points, µ$)

  Returns  {0}             lost
           {-1, now µs}    now lies in neither of the periods given
           {1, generation, 1 if changed or 0, now ms, {kind, key, basis points, spent, reserved, …} alerts, record}
           The record is {} where there is nothing to settle.

  Atomic   Settling twice changes nothing. A commit outweighs a release or expiry before it; without a reservation it
           counts as a call of now. A release gives tokens back to the tiers.
]]
${PRELUDE}
${RECORDS}
${TIERS}
${CLOSE}
local found = redis.call('HMGET', KEYS[1], 'g', 'tat', 'hm', 'ht')
if not found[1] then return {0} end
local generation = tonumber(found[1])
local id, what = ARGV[2], ARGV[3]
local dayRules, monthRules = budgetRules(17), budgetRules(27)
local alerts = {}
local record = readRecord(id)
local NOTHING = {1, generation, 0, nowMs, {}, {}}

if what == 'release' then
  if not record or record[2] == 1 or record[3] == 'c' or record[3] == 'e' then return NOTHING end
  if record[3] == 'r' then return {1, generation, 0, nowMs, {}, record} end
  local taken = record[1]
  if taken % 2 == 1 then redis.call('HINCRBY', KEYS[1], 'tat', -ARGV[5]) end
  local madeIn = math.floor(record[9] / 60000)
  local counted = tonumber(found[3] or 0)
  if math.floor(taken / 2) % 2 == 1 and madeIn > counted - 61 then
    local slot = 'm' .. (madeIn % 61)
    if tonumber(redis.call('HGET', KEYS[1], slot) or 0) > 0 then
      redis.call('HINCRBY', KEYS[1], slot, -1)
      redis.call('HINCRBY', KEYS[1], 'ht', -1)
    end
  end
  close(id, record, 'r', taken >= 4 and -1 or 0, dayRules, monthRules, alerts)
  return {1, generation, 1, nowMs, alerts, record}
end

if what == 'return' then
  if not record or record[2] ~= 1 or record[3] == 'e' then return NOTHING end
  if record[3] == 'r' then return {1, generation, 0, nowMs, {}, record} end
  close(id, record, 'r', 0, dayRules, monthRules, alerts)
  return {1, generation, 1, nowMs, alerts, record}
end

local actual = tonumber(ARGV[4])
if record and record[2] == 1 then return NOTHING end
if record and record[3] == 'c' then return {1, generation, 0, nowMs, {}, record} end
local isNew = not record
if isNew then
  local dayKey, monthKey = periodOf(7), periodOf(12)
  if not dayKey or not monthKey then return {-1, nowUs} end
  local hourCalls, minute, emptied = readHour(tonumber(found[3] or 0), tonumber(found[4] or 0))
  countInHour(hourCalls, minute, emptied)
  local nextArrival = math.max(tonumber(found[2] or 0), nowUs) + ARGV[5]
  if nextArrival <= nowUs + ARGV[6] then redis.call('HSET', KEYS[1], 'tat', nextArrival) end
  record = {7, 0, 'o', 0, 0, 0, dayKey, monthKey, nowMs, nowMs, 0, '', '', 0}
end
local wasOpen = record[3] == 'o'
local drawn = record[14] > 0 and math.max(0, record[14] + actual - record[4]) or 0
local drawnChange = drawn - (wasOpen and record[14] or 0)
if drawnChange ~= 0 then redis.call('HINCRBY', prefix .. 'overrides', record[13], drawnChange) end
book(record, actual, wasOpen and -record[4] or 0, 0, isNew and 1 or 0, dayRules, monthRules, alerts, isNew)
record[3], record[6], record[11], record[14] = 'c', actual, nowMs, drawn
writeRecord(id, record)
redis.call('ZREM', prefix .. 'open', id)
redis.call('ZADD', prefix .. 'settled', nowMs, id)
redis.call('ZADD', prefix .. 'unjournalled', nowMs, id)
return {1, generation, 1, nowMs, alerts, record}
`;

/** See its own header. */
export const SWEEP = /* lua */ `
--[[
  Takes back what has expired, forgets what was settled a day ago, and finds what was left undone.

  KEYS[1]  book
           Derived from ARGV[1]: reservations, day:*, month:*, open, settled, alerts, overrides, unjournalled.

  ARGV     1 prefix    2 most at once    3 what is this old was left, ms
           4 … 13 the day's budget, 14 … 23 the month's: cap, leave, enter, middle, 3 × (basis points, µ$)

  Returns  {0}         lost
           {1, generation, 1 if more is due or 0, now ms, {id, record, …} expired, {id, record, …} commits not journalled,
            {alert id, text, …} not told}

  Atomic   An expiry frees the money and keeps the tiers' tokens: the call may have been made.
]]
${PRELUDE}
${RECORDS}
${CLOSE}
local generation = tonumber(redis.call('HGET', KEYS[1], 'g') or nil)
if not generation then return {0} end
local dayRules, monthRules = budgetRules(4), budgetRules(14)
local limit = tonumber(ARGV[2])
local expired, left = {}, {}
local due = redis.call('ZRANGEBYSCORE', prefix .. 'open', '-inf', nowMs, 'LIMIT', 0, limit)
for _, id in ipairs(due) do
  local record = readRecord(id)
  if record and record[3] == 'o' then
    close(id, record, 'e', 0, dayRules, monthRules, {})
    expired[#expired + 1] = id
    expired[#expired + 1] = record
  else
    redis.call('ZREM', prefix .. 'open', id)
  end
end
for _, id in ipairs(redis.call('ZRANGEBYSCORE', prefix .. 'unjournalled', '-inf', nowMs - ARGV[3], 'LIMIT', 0, limit)) do
  local record = readRecord(id)
  if record then
    left[#left + 1] = id
    left[#left + 1] = record
  else
    redis.call('ZREM', prefix .. 'unjournalled', id)
  end
end
-- What was settled a day ago is forgotten, in the hash that no key of its own can expire from.
local old = redis.call('ZRANGEBYSCORE', prefix .. 'settled', '-inf', nowMs - DAY_MS, 'LIMIT', 0, limit)
if #old > 0 then
  redis.call('HDEL', prefix .. 'reservations', unpack(old))
  redis.call('ZREM', prefix .. 'settled', unpack(old))
end
return {1, generation, (#due == limit or #old == limit) and 1 or 0, nowMs, expired, left, redis.call('HGETALL', prefix .. 'alerts')}
`;

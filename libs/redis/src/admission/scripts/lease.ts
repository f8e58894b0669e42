import { PRELUDE, RECORDS } from './prelude.js';

/** See its own header. */
export const LEASE = /* lua */ `
--[[
  Sets money aside for a holder who will spend it without asking.

  KEYS[1]  book
           Derived from ARGV[1]: reservations, day:*, month:*, open.

  ARGV     1 prefix    2 lease id    3 wanted, µ$    4 least of use, µ$    5 ttl, ms    6 shadow, 0 or 1
           7 largest part of the room that is given: 1 / this
           8 … 12 days and 13 … 17 months: key, start, end, following key, its end
          18 … 27 the day's budget, 28 … 37 the month's: cap, leave, enter, middle, 3 × (basis points, µ$)

  Returns  {0}             lost
           {-1, now µs}    now lies in neither of the periods given
           {1, now µs, generation, day key, day spent, reserved, leased, throttling, month key, …, record or {}}

  Atomic   Never more than the room in both budgets; ends with the day at the latest. Asking twice leases once.
]]
${PRELUDE}
${RECORDS}
local generation = tonumber(redis.call('HGET', KEYS[1], 'g') or nil)
if not generation then return {0} end
local dayKey, dayEnds = periodOf(8)
local monthKey = periodOf(13)
if not dayKey or not monthKey then return {-1, nowUs} end
local dayRules, monthRules = budgetRules(18), budgetRules(28)
local day, month = readPeriod('day', dayKey), readPeriod('month', monthKey)

local function answer(record)
  return {1, nowUs, generation, dayKey, day.s, day.r, day.l, day.b and 1 or 0,
    monthKey, month.s, month.r, month.l, month.b and 1 or 0, record}
end

local known = readRecord(ARGV[2])
if known then return answer(known[2] == 1 and known[3] == 'o' and known or {}) end
local want, least = tonumber(ARGV[3]), tonumber(ARGV[4])
local granted
if ARGV[6] == '1' then
  granted = math.max(want, least)
else
  local room = math.min(dayRules.cap - day.s - day.r - day.l, monthRules.cap - month.s - month.r - month.l)
  if room < math.max(1, least) then return answer({}) end
  granted = math.max(least, math.min(want, math.floor(room / ARGV[7])))
end
if granted == 0 then return answer({}) end
local expiresAt = math.min(nowMs + ARGV[5], dayEnds)
local record = {0, 1, 'o', granted, granted, 0, dayKey, monthKey, nowMs, expiresAt, 0, '', '', 0}
day.l = day.l + granted
month.l = month.l + granted
writePeriod(day, dayRules, {})
writePeriod(month, monthRules, {})
writeRecord(ARGV[2], record)
redis.call('ZADD', prefix .. 'open', expiresAt, ARGV[2])
return answer(record)
`;

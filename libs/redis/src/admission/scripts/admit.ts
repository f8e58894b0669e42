import { PRELUDE, RECORDS, TIERS } from './prelude.js';

/** See its own header. */
export const ADMIT = /* lua */ `
--[[
  Admits one call: asks the three tiers and both budgets, and reserves for it if none refuses.

  KEYS[1]  book        KEYS[2]  r:<request id>
           Derived from ARGV[1]: day:*, month:*, open, alerts, overrides, r:<lease id>.

  ARGV     1 prefix        2 request id     3 estimate, µ$       4 draw, 0..9999
           5 priority      1 LOW, 2 MEDIUM, 3 HIGH, 4 CRITICAL   6 force, 0 or 1
           7 ttl, ms       8 lease id or ''
           9 override id or ''    10 its amount, µ$    11 its expiry, ms
          12 … 16 days and 17 … 21 months: key, start, end, following key, its end
          22 burst interval, µs  23 burst tolerance, µs  24 sustained  25 daily
          26 … 29 shadow, 0 or 1: burst, sustained, daily, budget
          30 … 39 the day's budget, 40 … 49 the month's: cap, leave, enter, middle, 3 × (basis points, µ$)

  Returns  {0}                lost: not restored since Redis came up
           {-1, now µs}       now lies in neither of the periods given: compute them again for that time
           {1, now µs, generation, refused by, would refuse, duplicate, arrival µs, calls in the hour, youngest minute,
            oldest minute (only where sustained refuses), calls of the day, day key,
            day spent, reserved, leased, throttling, month key, month spent, reserved, leased, throttling,
            drawn on the override, {kind, key, basis points, spent, reserved, …} alerts, record or {}}
           Refusals as bits: 1 burst, 2 sustained, 4 daily, 8 budget:day, 16 budget:month, 32 throttle:day,
           64 throttle:month, 128 settled. Counts are those after the call.

  Atomic   Everything is asked before anything is written; a refusal writes nothing. An id that is known takes
           nothing. An override is drawn on, and an alert decided, in the same step. Time is the server's.
]]
${PRELUDE}
${RECORDS}
${TIERS}
local book = redis.call('HMGET', KEYS[1], 'g', 'tat', 'hm', 'ht')
if not book[1] then return {0} end
local generation = tonumber(book[1])
local dayKey = periodOf(12)
local monthKey = periodOf(17)
if not dayKey or not monthKey then return {-1, nowUs} end

local estimate = tonumber(ARGV[3])
local force = ARGV[6] == '1'
local arrival = tonumber(book[2] or 0)
local hm = tonumber(book[3] or 0)
local hourCalls, minute, emptied = readHour(hm, tonumber(book[4] or 0))
local day = readPeriod('day', dayKey)
local month = readPeriod('month', monthKey)
local refusedBy, wouldRefuse = 0, 0

local function answer(duplicate, drawn, alerts, oldest, record)
  return {1, nowUs, generation, refusedBy, wouldRefuse, duplicate, arrival, hourCalls, hm, oldest, day.c,
    dayKey, day.s, day.r, day.l, day.b and 1 or 0, monthKey, month.s, month.r, month.l, month.b and 1 or 0,
    drawn, alerts, record}
end

local known = readRecord(KEYS[2], generation)
if known then
  if known[2] == 1 or known[3] == 'r' or known[3] == 'e' then
    if force then wouldRefuse = 128 else refusedBy = 128 end
  end
  return answer(1, known[14], {}, 0, known)
end

local function against(bit, inShadow)
  if inShadow or force then wouldRefuse = wouldRefuse + bit else refusedBy = refusedBy + bit end
end

-- The tiers. What a tier in shadow would have refused does not count in it, since refused calls never do.
local taken = 7
local nextArrival = math.max(arrival, nowUs) + ARGV[22]
if nextArrival > nowUs + ARGV[23] then against(1, ARGV[26] == '1') taken = taken - 1 end
if hourCalls >= tonumber(ARGV[24]) then
  against(2, ARGV[27] == '1')
  if not force then taken = taken - 2 end
end
if day.c >= tonumber(ARGV[25]) then
  against(4, ARGV[28] == '1')
  if not force then taken = taken - 4 end
end

-- A lease pays if it has enough left; else the budgets are asked.
local leaseName, lease
if ARGV[8] ~= '' then
  leaseName = prefix .. 'r:' .. ARGV[8]
  lease = readRecord(leaseName, generation)
  if lease and (lease[2] ~= 1 or lease[3] ~= 'o' or lease[5] < estimate) then lease = nil end
end
local dayRules = budgetRules(30)
local monthRules = budgetRules(40)
local drawn = 0
if not lease then
  local inShadow = ARGV[29] == '1'
  local priority = tonumber(ARGV[5])
  local pastCap = 0
  -- The chance of a call in the band, in basis points, falls linearly between two amounts.
  local function sheds(period, rules)
    if priority > 2 or not throttles(period, rules) then return false end
    local from, to = rules.leave, rules.middle
    if priority == 2 then from, to = rules.middle, rules.cap end
    local used = period.s + period.r
    if used >= to then return true end
    return used > from and tonumber(ARGV[4]) >= math.floor((to - used) * 10000 / (to - from))
  end
  local budgetRefusals = 0
  local function askBudget(period, rules, overCapBit, shedBit)
    local room = math.max(0, rules.cap - period.s - period.r - period.l)
    if estimate > room then
      pastCap = math.max(pastCap, estimate - room)
      budgetRefusals = budgetRefusals + overCapBit
    elseif sheds(period, rules) then
      budgetRefusals = budgetRefusals + shedBit
    end
  end
  askBudget(day, dayRules, 8, 32)
  askBudget(month, monthRules, 16, 64)
  if pastCap > 0 and priority == 4 and ARGV[9] ~= '' and nowMs < tonumber(ARGV[11]) then
    local drawnSoFar = tonumber(redis.call('HGET', prefix .. 'overrides', ARGV[9]) or 0)
    if drawnSoFar + pastCap <= tonumber(ARGV[10]) then
      drawn = pastCap
      budgetRefusals = 0
    end
  end
  if budgetRefusals > 0 then against(budgetRefusals, inShadow) end
end

if refusedBy > 0 then
  local oldest = math.floor(refusedBy / 2) % 2 == 1 and oldestOf(hm, minute) or 0
  return answer(0, 0, {}, oldest, {})
end

-- Nothing stands against it. A lease's money belongs to the budgets it was leased from.
if lease then
  lease[5] = lease[5] - estimate
  writeRecord(leaseName, lease)
  if lease[7] ~= dayKey then day = readPeriod('day', lease[7]) end
  if lease[8] ~= monthKey then month = readPeriod('month', lease[8]) end
  day.l = day.l - estimate
  month.l = month.l - estimate
end
day.r = day.r + estimate
month.r = month.r + estimate
if taken % 2 == 1 then
  arrival = nextArrival
  redis.call('HSET', KEYS[1], 'tat', arrival)
end
if math.floor(taken / 2) % 2 == 1 then
  countInHour(hourCalls, minute, emptied)
  hourCalls = hourCalls + 1
  hm = minute
end
if taken >= 4 then day.c = day.c + 1 end
local alerts = {}
writePeriod(day, dayRules, alerts)
writePeriod(month, monthRules, alerts)
local overrideId = ''
if drawn > 0 then
  overrideId = ARGV[9]
  redis.call('HINCRBY', prefix .. 'overrides', overrideId, drawn)
end
local expiresAt = nowMs + ARGV[7]
local record = {generation, 0, 'o', estimate, 0, 0, day.key, month.key, nowMs, expiresAt, 0,
  lease and ARGV[8] or '', overrideId, drawn, taken}
writeRecord(KEYS[2], record)
redis.call('ZADD', prefix .. 'open', expiresAt, ARGV[2])
-- The standing that is answered is that of the running periods.
if day.key ~= dayKey then day = readPeriod('day', dayKey) end
if month.key ~= monthKey then month = readPeriod('month', monthKey) end
return answer(0, drawn, alerts, 0, record)
`;

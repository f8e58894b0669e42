import { PRELUDE, RECORDS, TIERS } from './prelude.js';

/** See its own header. */
export const ADMIT = /* lua */ `
--[[
  Admits calls of one service, each by itself, one after the other: asks the three tiers and both budgets, and reserves
  for it if none refuses. Callers of the same moment share a run, since reading and writing the counts costs as much
  for many calls as for one.

  KEYS[1]  book
           Derived from ARGV[1]: reservations, day:*, month:*, open, alerts, overrides.

  ARGV     1 prefix    2 ttl, ms
           3 … 7 days and 8 … 12 months: key, start, end, following key, its end
          13 burst interval, µs  14 burst tolerance, µs  15 sustained  16 daily
          17 … 20 shadow, 0 or 1: burst, sustained, daily, budget
          21 … 30 the day's budget, 31 … 40 the month's: cap, leave, enter, middle, 3 × (basis points, µ$)
          41 … the request ids, as many as there are calls; then for each call four: estimate µ$, draw 0..9999,
              priority (1 LOW, 2 MEDIUM, 3 HIGH, 4 CRITICAL; 8 more when forced), and '' or JSON
              [lease id or '', override id or '', its amount µ$, its expiry ms]

  Returns  {0}                lost: not restored since Redis came up
           {-1, now µs}       now lies in neither of the periods given: compute them again for that time
           {1, now µs, generation, day key, month key, standing before, then for each call its answer}
           An answer is 0 for a call that is admitted plainly: new, counted in all tiers, reserved at now in the running
           periods, nothing else to say. Every other answer is {refused by, would refuse, duplicate, drawn on the
           override, {kind, key, basis points, spent, reserved, …} alerts, record or {}, oldest minute (only where sustained
           refuses), standing after}.
           A standing is {arrival µs, calls in the hour, youngest minute, calls of the day,
             day spent, reserved, leased, throttling, month spent, reserved, leased, throttling}
           Refusals as bits: 1 burst, 2 sustained, 4 daily, 8 budget:day, 16 budget:month, 32 throttle:day,
           64 throttle:month, 128 settled.

  Atomic   Of a call, everything is asked before anything is taken; a refusal takes nothing. An id that is known takes
           nothing. An override is drawn on, and an alert decided, in the same step. Time is the server's.
]]
${PRELUDE}
${RECORDS}
${TIERS}
local book = redis.call('HMGET', KEYS[1], 'g', 'tat', 'hm', 'ht')
if not book[1] then return {0} end
local generation = tonumber(book[1])
local dayKey, monthKey = periodOf(3), periodOf(8)
if not dayKey or not monthKey then return {-1, nowUs} end

local expiresAt = nowMs + ARGV[2]
local expiresAtText = string.format('%.0f', expiresAt)
local NONE = {}
local interval, tolerance = tonumber(ARGV[13]), tonumber(ARGV[14])
local sustained, daily = tonumber(ARGV[15]), tonumber(ARGV[16])
local shadowBurst, shadowSustained, shadowDaily = ARGV[17] == '1', ARGV[18] == '1', ARGV[19] == '1'
local shadowBudget = ARGV[20] == '1'
local dayRules, monthRules = budgetRules(21), budgetRules(31)
local floor, max = math.floor, math.max

-- The counts live in locals until all calls are through, and are written once.
local arrival, hm = tonumber(book[2] or 0), tonumber(book[3] or 0)
local hourCalls, minute, emptied = readHour(hm, tonumber(book[4] or 0))
local countedInHour = 0
local day, month = readPeriod('day', dayKey), readPeriod('month', monthKey)
local isChanged = false
local opening = {}
local records = {}
local calls = (#ARGV - 40) / 5
local found = redis.call('HMGET', prefix .. 'reservations', unpack(ARGV, 41, 40 + calls))
local kept = {}

-- Writes down what the calls up to here have taken, before what only the stored counts can tell.
local function settleHour()
  if countedInHour == 0 then return end
  if emptied then redis.call('HDEL', KEYS[1], unpack(emptied)) end
  redis.call('HINCRBY', KEYS[1], 'm' .. (minute % 61), countedInHour)
  redis.call('HSET', KEYS[1], 'hm', minute, 'ht', hourCalls)
  emptied, countedInHour = nil, 0
end

local function recordOf(index, id)
  if records[id] then return records[id] end
  local packed = found[index]
  return packed and cmsgpack.unpack(packed) or nil
end

local function keep(id, record)
  records[id] = record
  kept[#kept + 1] = id
  kept[#kept + 1] = cmsgpack.pack(record)
end

-- Whether the band sheds this call: its chance, in basis points, falls linearly between two amounts.
local function sheds(period, rules, priority, draw)
  if priority > 2 or not throttles(period, rules) then return false end
  local from, to = rules.leave, rules.middle
  if priority == 2 then from, to = rules.middle, rules.cap end
  local used = period.s + period.r
  if used >= to then return true end
  return used > from and draw >= floor((to - used) * 10000 / (to - from))
end

local function standing()
  return {arrival, hourCalls, hm, day.c, day.s, day.r, day.l, day.b and 1 or 0,
    month.s, month.r, month.l, month.b and 1 or 0}
end

local function admit(index)
  local id, at = ARGV[40 + index], 41 + calls + 4 * (index - 1)
  local estimate, priority = tonumber(ARGV[at]), tonumber(ARGV[at + 2])
  local force = priority > 8
  if force then priority = priority - 8 end
  local leaseId, overrideId, overrideAmount, overrideEnds = '', '', 0, 0
  if ARGV[at + 3] ~= '' then leaseId, overrideId, overrideAmount, overrideEnds = unpack(cjson.decode(ARGV[at + 3])) end
  local refusedBy, wouldRefuse = 0, 0

  local known = recordOf(index, id)
  if known then
    if known[2] == 1 or known[3] == 'r' or known[3] == 'e' then
      if force then wouldRefuse = 128 else refusedBy = 128 end
    end
    return {refusedBy, wouldRefuse, 1, known[14], NONE, known, 0, standing()}
  end

  -- The tiers. What a tier in shadow would have refused does not count in it, since refused calls never do.
  local taken = 7
  local nextArrival = max(arrival, nowUs) + interval
  if nextArrival > nowUs + tolerance then
    taken = taken - 1
    if shadowBurst or force then wouldRefuse = 1 else refusedBy = 1 end
  end
  if hourCalls >= sustained then
    if not force then taken = taken - 2 end
    if shadowSustained or force then wouldRefuse = wouldRefuse + 2 else refusedBy = refusedBy + 2 end
  end
  if day.c >= daily then
    if not force then taken = taken - 4 end
    if shadowDaily or force then wouldRefuse = wouldRefuse + 4 else refusedBy = refusedBy + 4 end
  end

  -- A lease pays if it has enough left; else the budgets are asked.
  local lease
  if leaseId ~= '' then
    lease = records[leaseId] or readRecord(leaseId)
    if lease and (lease[2] ~= 1 or lease[3] ~= 'o' or lease[5] < estimate) then lease = nil end
  end
  local drawn = 0
  if not lease then
    local draw = tonumber(ARGV[at + 1])
    local refusals, pastCap = 0, 0
    local room = max(0, dayRules.cap - day.s - day.r - day.l)
    if estimate > room then
      pastCap, refusals = estimate - room, 8
    elseif sheds(day, dayRules, priority, draw) then
      refusals = 32
    end
    room = max(0, monthRules.cap - month.s - month.r - month.l)
    if estimate > room then
      pastCap, refusals = max(pastCap, estimate - room), refusals + 16
    elseif sheds(month, monthRules, priority, draw) then
      refusals = refusals + 64
    end
    if pastCap > 0 and priority == 4 and overrideId ~= '' and nowMs < overrideEnds then
      local drawnSoFar = tonumber(redis.call('HGET', prefix .. 'overrides', overrideId) or 0)
      if drawnSoFar + pastCap <= overrideAmount then drawn, refusals = pastCap, 0 end
    end
    if shadowBudget or force then wouldRefuse = wouldRefuse + refusals else refusedBy = refusedBy + refusals end
  end

  if refusedBy > 0 then
    local oldest = 0
    if floor(refusedBy / 2) % 2 == 1 then
      settleHour()
      oldest = oldestOf(hm, minute)
    end
    return {refusedBy, wouldRefuse, 0, 0, NONE, NONE, oldest, standing()}
  end

  -- Nothing stands against it. A lease's money belongs to the budgets it was leased from.
  local alerts = {}
  local itsDay, itsMonth = day, month
  if lease then
    lease[5] = lease[5] - estimate
    keep(leaseId, lease)
    if lease[7] ~= dayKey then itsDay = readPeriod('day', lease[7]) end
    if lease[8] ~= monthKey then itsMonth = readPeriod('month', lease[8]) end
    itsDay.l = itsDay.l - estimate
    itsMonth.l = itsMonth.l - estimate
  end
  itsDay.r = itsDay.r + estimate
  itsMonth.r = itsMonth.r + estimate
  if taken % 2 == 1 then arrival = nextArrival end
  if floor(taken / 2) % 2 == 1 then
    hourCalls, hm, countedInHour = hourCalls + 1, minute, countedInHour + 1
  end
  if taken >= 4 then itsDay.c = itsDay.c + 1 end
  decide(itsDay, dayRules, alerts)
  decide(itsMonth, monthRules, alerts)
  if itsDay ~= day then storePeriod(itsDay) end
  if itsMonth ~= month then storePeriod(itsMonth) end
  if drawn > 0 then redis.call('HINCRBY', prefix .. 'overrides', overrideId, drawn) end
  local record = {taken, 0, 'o', estimate, 0, 0, itsDay.key, itsMonth.key, nowMs, expiresAt, 0,
    lease and leaseId or '', drawn > 0 and overrideId or '', drawn}
  keep(id, record)
  opening[#opening + 1] = expiresAtText
  opening[#opening + 1] = id
  isChanged = true
  if taken == 7 and wouldRefuse == 0 and drawn == 0 and not lease and #alerts == 0 then return 0 end
  return {0, wouldRefuse, 0, drawn, alerts, record, 0, standing()}
end

local answers = {1, nowUs, generation, dayKey, monthKey, standing()}
for index = 1, calls do answers[6 + index] = admit(index) end
if isChanged then
  settleHour()
  redis.call('HSET', KEYS[1], 'tat', arrival)
  storePeriod(day)
  storePeriod(month)
  redis.call('HSET', prefix .. 'reservations', unpack(kept))
  redis.call('ZADD', prefix .. 'open', unpack(opening))
end
return answers
`;

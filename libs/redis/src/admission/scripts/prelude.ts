/**
 * What the admission scripts share. All keys of a service begin with one prefix, `signalbox:admission:{stripe}:`, whose
 * hash tag keeps them in one cluster slot; scripts derive the names of those that depend on what they read.
 *
 *   book           hash    g generation · rg generation being restored · run id of the server it was written on ·
 *                          tat burst tier's arrival time, µs · hm minute counted last · ht calls of the hour ·
 *                          m0…m60 calls by minute modulo 61
 *   day:<key>      hash    s spent · r reserved · l leased · c calls · b 1 while throttling · a thresholds told ":7000:8500:"
 *   month:<key>    hash    the same, without c
 *   reservations   hash    id → MessagePack array, a reservation or lease (see RECORD)
 *   open           zset    id → when it expires, ms
 *   settled        zset    id → when it was settled, ms; forgotten a day later
 *   unjournalled   zset    id of a commit → when it was made, ms
 *   alerts         hash    alert id → "kind|key|basisPoints|cap|spent|reserved|atMs", until told
 *   overrides      hash    override id → drawn
 *   restoring      string  claim on restoring
 *
 * Numbers are integers. Lua counts in doubles, which are exact up to 2^53: nine billion dollars in micro-dollars,
 * and the year 2255 in microseconds. They are never concatenated into text unformatted (Lua would round to 14
 * digits); as arguments of commands Redis prints them with 17.
 */
export const PRELUDE = /* lua */ `
local prefix = ARGV[1]
local time = redis.call('TIME')
local nowUs = time[1] * 1000000 + time[2]
local nowMs = math.floor(nowUs / 1000)
local DAY_MS = 86400000

-- Rules of the budgets at ARGV[at]: cap, leave, enter, middle, then three times basis points and amount.
local function budgetRules(at)
  return {
    cap = tonumber(ARGV[at]), leave = tonumber(ARGV[at + 1]), enter = tonumber(ARGV[at + 2]),
    middle = tonumber(ARGV[at + 3]), marks = {ARGV[at + 4], ARGV[at + 6], ARGV[at + 8]},
    amounts = {tonumber(ARGV[at + 5]), tonumber(ARGV[at + 7]), tonumber(ARGV[at + 9])},
  }
end

-- The period that now falls into, of the two at ARGV[at]: key, start, end, following key, its end. Nil: of neither.
local function periodOf(at)
  if nowMs < tonumber(ARGV[at + 1]) then return nil end
  if nowMs < tonumber(ARGV[at + 2]) then return ARGV[at], tonumber(ARGV[at + 2]) end
  if nowMs < tonumber(ARGV[at + 4]) then return ARGV[at + 3], tonumber(ARGV[at + 4]) end
  return nil
end

local function readPeriod(kind, key)
  local name = prefix .. kind .. ':' .. key
  local v = redis.call('HMGET', name, 's', 'r', 'l', 'c', 'b', 'a')
  return {
    name = name, kind = kind, key = key, isNew = not v[1],
    s = tonumber(v[1] or 0), r = tonumber(v[2] or 0), l = tonumber(v[3] or 0), c = tonumber(v[4] or 0),
    b = v[5] == '1', a = v[6] or ':',
  }
end

-- Whether the emergency band is on at the period's spending.
local function throttles(period, rules)
  local used = period.s + period.r
  return used >= rules.enter or (period.b and used >= rules.leave)
end

-- Brings a period's band up to date, and decides which thresholds are crossed for the first time: they are appended to
-- alerts as kind, key, basis points, spent, reserved.
local function decide(period, rules, alerts)
  period.b = throttles(period, rules)
  local used = period.s + period.r
  for mark = 1, 3 do
    local basisPoints = rules.marks[mark]
    if used >= rules.amounts[mark] and not string.find(period.a, ':' .. basisPoints .. ':', 1, true) then
      period.a = period.a .. basisPoints .. ':'
      local n = #alerts
      alerts[n + 1], alerts[n + 2], alerts[n + 3] = period.kind, period.key, basisPoints
      alerts[n + 4], alerts[n + 5] = period.s, period.r
      local service = string.match(prefix, '{(.-)}')
      redis.call('HSET', prefix .. 'alerts', service .. ':' .. period.kind .. ':' .. period.key .. ':' .. basisPoints,
        string.format('%s|%s|%s|%.0f|%.0f|%.0f|%.0f', period.kind, period.key, basisPoints, rules.cap,
          period.s, period.r, nowMs))
    end
  end
end

local function storePeriod(period)
  redis.call('HSET', period.name, 's', period.s, 'r', period.r, 'l', period.l, 'c', period.c,
    'b', period.b and 1 or 0, 'a', period.a)
  -- Long enough for settlements that come late.
  if period.isNew then redis.call('PEXPIRE', period.name, (period.kind == 'day' and 4 or 40) * DAY_MS) end
end

local function writePeriod(period, rules, alerts)
  decide(period, rules, alerts)
  storePeriod(period)
end
`;

/** Reading and keeping reservations; after PRELUDE. RECORD names the fields by position. */
export const RECORDS = /* lua */ `
-- RECORD: 1 tiers it counts in (1 burst, 2 sustained, 4 daily), 2 is it a lease (0, 1),
-- 3 state (o pen, c ommitted, r eleased, e xpired), 4 reserved, 5 left of a lease, 6 spent, 7 day, 8 month,
-- 9 reserved at, 10 expires at, 11 settled at, 12 lease id, 13 override id, 14 drawn on the override
local function readRecord(id)
  local packed = redis.call('HGET', prefix .. 'reservations', id)
  return packed and cmsgpack.unpack(packed) or nil
end

local function writeRecord(id, record)
  redis.call('HSET', prefix .. 'reservations', id, cmsgpack.pack(record))
end
`;

/** Counting calls in the tiers; after PRELUDE. */
export const TIERS = /* lua */ `
-- The hour's window as it is now: its calls, the minute that runs, and the slots that have to be emptied.
local function readHour(hm, ht)
  local minute = math.max(math.floor(nowMs / 60000), hm)
  if minute == hm then return ht, minute, nil end
  local slots = {}
  for passed = math.max(hm + 1, minute - 60), minute do slots[#slots + 1] = 'm' .. (passed % 61) end
  if minute - hm >= 61 then return 0, minute, slots end
  local calls = ht
  for _, count in ipairs(redis.call('HMGET', KEYS[1], unpack(slots))) do calls = calls - (tonumber(count) or 0) end
  return calls, minute, slots
end

-- The oldest minute that has calls, of those that count at minute. 0: none has.
local function oldestOf(hm, minute)
  local slots = {}
  for at = minute - 60, hm do slots[#slots + 1] = 'm' .. (at % 61) end
  if #slots == 0 then return 0 end
  for index, count in ipairs(redis.call('HMGET', KEYS[1], unpack(slots))) do
    if (tonumber(count) or 0) > 0 then return minute - 61 + index end
  end
  return 0
end

-- Counts one more call in the hour.
local function countInHour(hourCalls, minute, emptied)
  if emptied then redis.call('HDEL', KEYS[1], unpack(emptied)) end
  redis.call('HINCRBY', KEYS[1], 'm' .. (minute % 61), 1)
  redis.call('HSET', KEYS[1], 'hm', minute, 'ht', hourCalls + 1)
end
`;

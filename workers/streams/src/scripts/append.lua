-- Appends events to the log of an order, and with them everything that must be true at the same
-- time: the feed, the board of the store, the jobs on offer, the next deadline, the lists, what is stuck.
--
-- KEYS 1 log, 2 feed, 3 sequence, 4 board, 5 jobs, 6 drops, 7 due, 8 orders, 9 orders of the store,
--      10 stuck, 11 epoch
-- ARGV 1 version that was read, 2 order, 3 store, 4 customer, 5 rider, 6 previous rider, 7 version
--      after, 8 names of the events, 9 order after as JSON, 10 on the board after, 11 on it before,
--      12 longitude and 13 latitude of the pick-up, 14 and 15 of the drop-off, empty if not on
--      offer, 16 next deadline in ms, or empty, 17 seconds until the log may go, or empty, 18 for a
--      first event, the id below which lists are cut, 19 since when it is stuck in ms, unless it
--      was before, or empty, 20 the
--      command of the last event that was read, or of a first event the epoch in which its place was
--      made, or empty, 21 where in which trace this happens, or
--      empty, 22 … the events as JSON
-- Returns 1 and the sequence, or 0 and the version that is there.
local expected = tonumber(ARGV[1])
local version = redis.call('LLEN', KEYS[1])
local last = redis.call('LINDEX', KEYS[1], -1) or ''
-- A replica that took over may have as many events, and another as the last.
if version ~= expected or (expected > 0 and not string.find(last, ARGV[20], 1, true)) then
  return { 0, version }
end
-- What was claimed for it in another epoch may be forgotten.
if expected == 0 and ARGV[20] ~= '' and ARGV[20] ~= epoch_of(KEYS[11]) then
  return { 0, version }
end

local order = ARGV[2]
local order_before = string.match(last, '^%d+') or '0'
local store_before = redis.call('HGET', KEYS[4], '*') or '0'
local sequence = tell(KEYS[2], KEYS[3], KEYS[11], {
  'k', 'order', 'o', order, 's', ARGV[3], 'c', ARGV[4], 'r', ARGV[5], 'p', ARGV[6],
  'v', ARGV[7], 'e', ARGV[8], 'w', ARGV[21], 'b', ARGV[9],
  'x', order_before, 'y', store_before,
})

for i = 22, #ARGV do
  redis.call('RPUSH', KEYS[1], string.format('%d ', sequence) .. ARGV[i])
end
if ARGV[17] ~= '' then
  redis.call('EXPIRE', KEYS[1], ARGV[17])
else
  redis.call('PERSIST', KEYS[1])
end

if ARGV[10] == '1' then
  redis.call('HSET', KEYS[4], order, sequence, '*', sequence)
else
  if ARGV[11] == '1' then
    redis.call('HDEL', KEYS[4], order)
  end
  redis.call('HSET', KEYS[4], '*', sequence)
end

if ARGV[12] ~= '' then
  redis.call('GEOADD', KEYS[5], ARGV[12], ARGV[13], order)
  redis.call('GEOADD', KEYS[6], ARGV[14], ARGV[15], order)
else
  redis.call('ZREM', KEYS[5], order)
  redis.call('ZREM', KEYS[6], order)
end

if ARGV[16] ~= '' then
  redis.call('ZADD', KEYS[7], ARGV[16], order)
else
  redis.call('ZREM', KEYS[7], order)
end

if ARGV[19] ~= '' then
  redis.call('ZADD', KEYS[10], 'NX', ARGV[19], order)
else
  redis.call('ZREM', KEYS[10], order)
end

if expected == 0 then
  for i = 8, 9 do
    redis.call('ZADD', KEYS[i], 0, order)
    redis.call('ZREMRANGEBYLEX', KEYS[i], '-', '(' .. ARGV[18])
  end
end
return { 1, sequence }

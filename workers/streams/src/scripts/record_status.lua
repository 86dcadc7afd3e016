-- Records where an order stands and what its customer is told, if nobody did since it was read.
--
-- KEYS 1 statuses, 2 recent orders, 3 alerts, 4 feed, 5 sequence, 6 epoch, 7 orders that may be open
-- ARGV 1 customer, 2 order, 3 version that was read, 4 version now, 5 status, 6 news, 7 how many
--      are kept, 8 seconds to keep them, 9 whether the order has ended, 10 … alerts, oldest first
-- Returns 1, or 0 if another was first.
local order = ARGV[2]
local stored = redis.call('HGET', KEYS[1], order)
local version = 0
if stored then
  version = tonumber(string.match(stored, '^%d+'))
end
if version ~= tonumber(ARGV[3]) then
  return 0
end

-- An order that has ended never opens again.
if ARGV[9] == '1' then
  redis.call('ZREM', KEYS[7], order)
end

local most = tonumber(ARGV[7])
if not stored and redis.call('ZCARD', KEYS[2]) >= most then
  local oldest = redis.call('ZRANGE', KEYS[2], 0, 0)[1]
  if order < oldest then
    return 1
  end
  redis.call('ZREM', KEYS[2], oldest)
  redis.call('HDEL', KEYS[1], oldest)
end

local sequence = tell(KEYS[4], KEYS[5], KEYS[6], {
  'k', 'customer', 'c', ARGV[1], 'o', order, 'v', ARGV[4], 'b', ARGV[6],
})
redis.call('HSET', KEYS[1], order, ARGV[4] .. ' ' .. ARGV[5], '*', sequence)
redis.call('ZADD', KEYS[2], 0, order)
for i = 10, #ARGV do
  redis.call('LPUSH', KEYS[3], ARGV[i])
end
redis.call('LTRIM', KEYS[3], 0, most - 1)
for i = 1, 3 do
  redis.call('EXPIRE', KEYS[i], ARGV[8])
end
return 1

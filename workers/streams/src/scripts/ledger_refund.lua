-- Gives the money back, once per order.
--
-- KEYS 1 ledger of the order
-- ARGV 1 how many tries fail before one succeeds, 2 seconds to remember it
local known = redis.call('HMGET', KEYS[1], 'outcome', 'refunds')
if known[1] ~= 'approved' then
  return 'nothing'
end
if known[2] then
  return 'refunded'
end

local tries = redis.call('HINCRBY', KEYS[1], 'refund_tries', 1)
redis.call('EXPIRE', KEYS[1], ARGV[2])
if tries <= tonumber(ARGV[1]) then
  return 'failed'
end
redis.call('HSET', KEYS[1], 'refunds', 1)
return 'refunded'

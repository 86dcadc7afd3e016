-- Lets an idempotency key stand for an order, unless it stands for something already.
--
-- KEYS 1 once, 2 orders placed by the customer, 3 those of them that may be open
-- ARGV 1 what it is to stand for, 2 for how many seconds, 3 order, 4 the id below which the lists
--      are cut
-- Returns what it stands for.
local standing = redis.call('GET', KEYS[1])
if standing then
  return standing
end
redis.call('SET', KEYS[1], ARGV[1], 'EX', ARGV[2])
for i = 2, 3 do
  redis.call('ZADD', KEYS[i], 0, ARGV[3])
  redis.call('ZREMRANGEBYLEX', KEYS[i], '-', '(' .. ARGV[4])
end
return ARGV[1]

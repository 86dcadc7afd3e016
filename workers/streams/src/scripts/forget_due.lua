-- Removes an order from those that are due, unless it has changed.
--
-- KEYS 1 due, 2 log
-- ARGV 1 order, 2 version
if redis.call('LLEN', KEYS[2]) == tonumber(ARGV[2]) then
  redis.call('ZREM', KEYS[1], ARGV[1])
end

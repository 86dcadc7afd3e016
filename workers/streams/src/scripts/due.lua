-- What time it is, and which orders are due.
--
-- KEYS 1 due
-- ARGV 1 most of them
local at = now()
return { at, redis.call('ZRANGEBYSCORE', KEYS[1], '-inf', at, 'LIMIT', 0, ARGV[1]) }

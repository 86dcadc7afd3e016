-- Notes that a store has answered: what it left unanswered before counts no more.
--
-- KEYS 1 unanswered
-- ARGV 1 when it answered in ms, 2 seconds to remember it
redis.call('ZADD', KEYS[1], 'GT', ARGV[1], '*')
redis.call('ZREMRANGEBYSCORE', KEYS[1], '-inf', '(' .. ARGV[1])
redis.call('EXPIRE', KEYS[1], ARGV[2])

-- Counts an order that its store did not answer, once however often it comes, and pauses the store
-- if that was one too many in a row.
--
-- KEYS 1 unanswered: orders by when they were called off; and `*`, before which nothing counts,
--      2 feed, 3 sequence, 4 epoch, 5 store, 6 board
-- ARGV 1 order, 2 when it was called off in ms, 3 how many are too many, 4 seconds to remember
--      them, 5 kind, 6 store, 7 the store as it was read, 8 the same but paused
-- Returns 'counted', 'paused', or 'changed' if the store is not as it was read.
local from = tonumber(redis.call('ZSCORE', KEYS[1], '*') or '0')
if tonumber(ARGV[2]) <= from then
  return 'counted'
end
redis.call('ZADD', KEYS[1], ARGV[2], ARGV[1])
redis.call('EXPIRE', KEYS[1], ARGV[4])
local count = redis.call('ZCOUNT', KEYS[1], string.format('(%d', from), '+inf')
if count < tonumber(ARGV[3]) then
  return 'counted'
end

if redis.call('GET', KEYS[5]) ~= ARGV[7] then
  return 'changed'
end
-- Whoever resumes begins with a clean slate, however late these orders are heard of again.
local last = redis.call('ZREVRANGE', KEYS[1], 0, 0, 'WITHSCORES')[2]
redis.call('DEL', KEYS[1])
redis.call('ZADD', KEYS[1], last, '*')
redis.call('EXPIRE', KEYS[1], ARGV[4])
if ARGV[7] ~= ARGV[8] then
  redis.call('SET', KEYS[5], ARGV[8])
  local news = { 'k', ARGV[5], 's', ARGV[6], 'b', ARGV[8] }
  redis.call('HSET', KEYS[6], '*', tell(KEYS[2], KEYS[3], KEYS[4], news))
end
return 'paused'

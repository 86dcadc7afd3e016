-- Puts other statuses and alerts in the place of those that are kept for a customer, and tells
-- nobody, if there has been no news since they were read.
--
-- KEYS 1 statuses, 2 recent orders, 3 alerts, 4 sequence
-- ARGV 1 sequence of the last news as it was read, 2 seconds to keep them, 3 how many statuses,
--      4 … order, version and status of each; then alerts, newest first
-- Returns 1, or 0 if there has been news.
local stands = redis.call('HGET', KEYS[1], '*')
if (stands or '0') ~= ARGV[1] then
  return 0
end

redis.call('DEL', KEYS[1], KEYS[2], KEYS[3])
-- Of what was lost nobody knows when it was news: not later than this.
redis.call('HSET', KEYS[1], '*', stands or redis.call('GET', KEYS[4]) or '0')
local first_alert = 4 + 3 * tonumber(ARGV[3])
for i = 4, first_alert - 1, 3 do
  redis.call('HSET', KEYS[1], ARGV[i], ARGV[i + 1] .. ' ' .. ARGV[i + 2])
  redis.call('ZADD', KEYS[2], 0, ARGV[i])
end
for i = first_alert, #ARGV do
  redis.call('RPUSH', KEYS[3], ARGV[i])
end
for i = 1, 3 do
  redis.call('EXPIRE', KEYS[i], ARGV[2])
end
return 1

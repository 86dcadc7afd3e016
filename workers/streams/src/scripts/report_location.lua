-- Notes where a rider is, if that is newer than what is known.
--
-- KEYS 1 rider, 2 riders who hold a job
-- ARGV 1 when in ms, 2 latitude, 3 longitude, 4 rider
-- Returns when in ms, which is not ahead of this moment, or nothing if something newer is known.
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
local at = math.min(tonumber(ARGV[1]), now)
local known = redis.call('HGET', KEYS[1], 'at')
if known and tonumber(known) >= at then
  return false
end

redis.call('HSET', KEYS[1], 'at', string.format('%d', at), 'lat', ARGV[2], 'lng', ARGV[3])
redis.call('ZADD', KEYS[2], 'XX', string.format('%d', at), ARGV[4])
return at

-- Says whether a charge may be begun. While it is not known whether the provider is back, one at a
-- time may be, to find out.
--
-- KEYS 1 breaker
-- ARGV 1 for how many ms a probe may keep others out
-- Returns for how many ms nothing may be begun; 0 if it may.
local open = redis.call('HMGET', KEYS[1], 'open_until', 'probe_until')
if not open[1] then
  return 0
end

local now = tonumber(now())
local kept_out = math.max(tonumber(open[1]), tonumber(open[2] or '0')) - now
if kept_out > 0 then
  return kept_out
end
redis.call('HSET', KEYS[1], 'probe_until', string.format('%d', now + ARGV[1]))
return 0

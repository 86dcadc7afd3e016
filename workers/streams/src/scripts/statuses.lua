-- Where a customer's newest orders stand, and the place of the last news, at one moment.
--
-- KEYS 1 statuses, 2 recent orders
-- ARGV 1 how many
-- Returns the sequence of the last news, and statuses, newest order first.
local found = {}
for _, order in ipairs(redis.call('ZREVRANGE', KEYS[2], 0, ARGV[1] - 1)) do
  found[#found + 1] = redis.call('HGET', KEYS[1], order)
end
return { redis.call('HGET', KEYS[1], '*'), found }

-- Notes how many connections a hub has, and forgets hubs that are silent.
--
-- KEYS 1 hubs
-- ARGV 1 hub, 2 its connections, 3 for how many ms a hub may be silent
-- Returns how many hubs there are, and how many connections they have together
local now = now()
redis.call('HSET', KEYS[1], ARGV[1], now .. ' ' .. ARGV[2])
redis.call('PEXPIRE', KEYS[1], ARGV[3])

local count, connections = 0, 0
local hubs = redis.call('HGETALL', KEYS[1])
for i = 1, #hubs, 2 do
  local at, own = string.match(hubs[i + 1], '^(%d+) (%d+)$')
  if at and tonumber(now) - tonumber(at) <= tonumber(ARGV[3]) then
    count = count + 1
    connections = connections + tonumber(own)
  else
    redis.call('HDEL', KEYS[1], hubs[i])
  end
end
return { count, connections }

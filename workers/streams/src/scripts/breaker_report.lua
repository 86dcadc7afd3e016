-- Notes how a call to the provider went.
--
-- KEYS 1 breaker
-- ARGV 1 whether it succeeded, 2 how many calls are looked at, 3 how few are too few, 4 for how
--      many ms it opens, 5 seconds to remember it
-- Returns the state as `breaker_state.lua` does.
local now = tonumber(now())

local function open()
  redis.call('DEL', KEYS[1])
  redis.call('HSET', KEYS[1], 'open_until', string.format('%d', now + ARGV[4]))
  redis.call('EXPIRE', KEYS[1], ARGV[5])
  return { 'open', tonumber(ARGV[4]) }
end

local open_until = redis.call('HGET', KEYS[1], 'open_until')
if open_until then
  -- Whatever comes in meanwhile was owed before, and known to be in danger.
  if now < tonumber(open_until) then
    return { 'open', tonumber(open_until) - now }
  end
  if ARGV[1] == '0' then
    return open()
  end
  redis.call('DEL', KEYS[1])
  return { 'closed', 0 }
end

local calls = (redis.call('HGET', KEYS[1], 'calls') or '') .. ARGV[1]
calls = string.sub(calls, -ARGV[2])
local _, failed = string.gsub(calls, '0', '')
if #calls >= tonumber(ARGV[3]) and failed * 2 >= #calls then
  return open()
end
redis.call('HSET', KEYS[1], 'calls', calls)
redis.call('EXPIRE', KEYS[1], ARGV[5])
return { 'closed', 0 }

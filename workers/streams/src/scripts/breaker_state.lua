-- Says how the breaker stands.
--
-- KEYS 1 breaker
-- Returns its state, and for how many ms it stays open.
local open_until = redis.call('HGET', KEYS[1], 'open_until')
if not open_until then
  return { 'closed', 0 }
end
local left = tonumber(open_until) - tonumber(now())
if left > 0 then
  return { 'open', left }
end
return { 'half-open', 0 }

-- Notes where riders are who are at work, and tells whoever follows them. Only what builds upon
-- the last that is known is taken: whoever judged it by something else has to judge again.
--
-- KEYS 1 riders who hold a job; then for each rider: the rider, their jobs, their track
-- ARGV for each rider: id, when the last known position was in ms or '', and now: when in ms,
--      latitude, longitude, heading or 'null'
-- Returns for each rider: {'noted', when in ms, job …}, {'offline'}, or what else is known:
--      {'known', when in ms, latitude, longitude}
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
local answers = {}

for i = 1, #ARGV / 6 do
  local rider, jobs, track = KEYS[3 * i - 1], KEYS[3 * i], KEYS[3 * i + 1]
  local id, seen, at, lat, lng, heading = unpack(ARGV, 6 * i - 5, 6 * i)
  local known = redis.call('HMGET', rider, 'online', 'at', 'lat', 'lng')
  -- A phone's clock may be wrong: what lies ahead is now.
  at = math.min(tonumber(at), now)
  if known[1] ~= '1' then
    answers[i] = { 'offline' }
  elseif (known[2] or '') ~= seen or (known[2] and tonumber(known[2]) >= at) then
    answers[i] = { 'known', known[2] or '', known[3] or '', known[4] or '' }
  else
    at = string.format('%d', at)
    redis.call('HSET', rider, 'at', at, 'lat', lat, 'lng', lng)
    redis.call('ZADD', KEYS[1], 'XX', at, id)
    local held = redis.call('HKEYS', jobs)
    local told = #held == 0 and '[]' or '["' .. table.concat(held, '","') .. '"]'
    local fix = table.concat({ lat, lng, heading, at, told }, ',')
    redis.call('SPUBLISH', track, '[' .. fix .. ']')
    answers[i] = { 'noted', at, unpack(held) }
  end
end
return answers

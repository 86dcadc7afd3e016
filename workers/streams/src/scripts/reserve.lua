-- Keeps one of a rider's places for a job.
--
-- KEYS 1 rider, 2 the rider's jobs
-- ARGV 1 order, 2 how old the position may be in ms, 3 most jobs, 4 after how many ms a
--      reservation that nothing came of is doubted
-- Returns {'reserved', {lat, lng, when in ms}}, {'offline', {}}, {'stale', {}}, or {'full', {count, and the
-- orders whose reservations are doubtful}}.
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
local rider = redis.call('HMGET', KEYS[1], 'online', 'lat', 'lng', 'at')

local known = redis.call('HGET', KEYS[2], ARGV[1])
if known == 'held' and rider[2] then
  return { 'reserved', { rider[2], rider[3], rider[4] } }
end
if rider[1] ~= '1' then
  return { 'offline', {} }
end
if not rider[4] or now - tonumber(rider[4]) > tonumber(ARGV[2]) then
  return { 'stale', {} }
end

local count = redis.call('HLEN', KEYS[2])
if not known and count >= tonumber(ARGV[3]) then
  local answer = { tostring(count) }
  local jobs = redis.call('HGETALL', KEYS[2])
  for i = 1, #jobs, 2 do
    local since = tonumber(jobs[i + 1])
    if since and now - since > tonumber(ARGV[4]) then
      answer[#answer + 1] = jobs[i]
    end
  end
  return { 'full', answer }
end

redis.call('HSET', KEYS[2], ARGV[1], string.format('%d', now))
return { 'reserved', { rider[2], rider[3], rider[4] } }

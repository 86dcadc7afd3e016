-- Makes a rider's list of jobs agree with an order, and tells the rider of it. Entries come late,
-- twice and in any order: what a later version said is never undone by an earlier one.
--
-- KEYS 1 rider, 2 the rider's jobs, 3 what this rider has heard of this order, 4 feed, 5 sequence,
--      6 riders who hold a job
-- ARGV 1 rider, 2 order, 3 version, 4 whether the rider holds the job, 5 seconds to remember what
--      was heard, 6 name of the event, or empty if the rider is told nothing, 7 order as JSON
local order = ARGV[2]
local version = tonumber(ARGV[3])
local heard = redis.call('HMGET', KEYS[3], 'settled', 'told')

if version >= tonumber(heard[1] or '0') then
  if ARGV[4] == '1' then
    redis.call('HSET', KEYS[2], order, 'held')
    local at = redis.call('HGET', KEYS[1], 'at') or now()
    redis.call('ZADD', KEYS[6], 'NX', at, ARGV[1])
  else
    redis.call('HDEL', KEYS[2], order)
    if redis.call('HLEN', KEYS[2]) == 0 then
      redis.call('ZREM', KEYS[6], ARGV[1])
    end
  end
  redis.call('HSET', KEYS[3], 'settled', ARGV[3])
end
if ARGV[6] ~= '' and version > tonumber(heard[2] or '0') then
  local sequence = tell(KEYS[4], KEYS[5], {
    'k', 'rider', 'r', ARGV[1], 'o', order, 'v', ARGV[3], 'e', ARGV[6], 'b', ARGV[7],
  })
  redis.call('HSET', KEYS[3], 'told', ARGV[3])
  redis.call('HSET', KEYS[1], 'news', sequence)
end
redis.call('EXPIRE', KEYS[3], ARGV[5])

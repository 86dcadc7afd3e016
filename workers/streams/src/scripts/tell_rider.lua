-- Makes a rider's list of jobs agree with an order, and tells the rider of it. Entries come late,
-- twice and in any order: what a later version said is never undone by an earlier one.
--
-- KEYS 1 rider, 2 the rider's jobs, 3 what this rider has heard of this order, 4 feed, 5 sequence,
--      6 riders who hold a job, 7 channel on which the rider is followed, 8 epoch
-- ARGV 1 rider, 2 order, 3 version, 4 whether the rider holds the job, 5 seconds to remember what
--      was heard, 6 what those who follow the rider are told, 7 name of the event, or empty if the
--      rider is told nothing, 8 order as JSON
local order = ARGV[2]
local version = tonumber(ARGV[3])
local heard = redis.call('HMGET', KEYS[3], 'settled', 'told')

if version >= tonumber(heard[1] or '0') then
  if ARGV[4] == '1' then
    local is_known = redis.call('HGET', KEYS[2], order) == 'held'
    if not is_known then
      redis.call('HSET', KEYS[2], order, 'held')
      redis.call('SPUBLISH', KEYS[7], ARGV[6])
    end
    local at = redis.call('HGET', KEYS[1], 'at') or now()
    redis.call('ZADD', KEYS[6], 'NX', at, ARGV[1])
  else
    if redis.call('HDEL', KEYS[2], order) == 1 then
      redis.call('SPUBLISH', KEYS[7], ARGV[6])
    end
    if redis.call('HLEN', KEYS[2]) == 0 then
      redis.call('ZREM', KEYS[6], ARGV[1])
    end
  end
  redis.call('HSET', KEYS[3], 'settled', ARGV[3])
end
if ARGV[7] ~= '' and version > tonumber(heard[2] or '0') then
  local sequence = tell(KEYS[4], KEYS[5], KEYS[8], {
    'k', 'rider', 'r', ARGV[1], 'o', order, 'v', ARGV[3], 'e', ARGV[7], 'b', ARGV[8],
  })
  redis.call('HSET', KEYS[3], 'told', ARGV[3])
  redis.call('HSET', KEYS[1], 'news', sequence)
end
redis.call('EXPIRE', KEYS[3], ARGV[5])

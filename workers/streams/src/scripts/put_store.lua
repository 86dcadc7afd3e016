-- Keeps a store and tells the feed.
--
-- KEYS 1 feed, 2 sequence, 3 epoch, 4 store, 5 stores by place, 6 board
-- ARGV 1 kind, 2 store, 3 store as JSON, 4 longitude, 5 latitude, 6 what is expected to be kept,
--      empty if it does not matter
-- Returns the sequence, or nothing if something else is kept.
if ARGV[6] ~= '' and redis.call('GET', KEYS[4]) ~= ARGV[6] then
  return false
end
redis.call('GEOADD', KEYS[5], ARGV[4], ARGV[5], ARGV[2])
redis.call('SET', KEYS[4], ARGV[3])
local sequence = tell(KEYS[1], KEYS[2], KEYS[3], {
  'k', ARGV[1], 's', ARGV[2], 'b', ARGV[3], 'y', redis.call('HGET', KEYS[6], '*') or '0',
})
redis.call('HSET', KEYS[6], '*', sequence)
return sequence

-- Tells the feed once more what is true of an order.
--
-- KEYS 1 feed, 2 sequence, 3 epoch, 4 log
-- ARGV 1 kind, 2 order, 3 store, 4 customer, 5 version, 6 order as JSON
-- Returns the sequence, or nothing if the order has changed.
if redis.call('LLEN', KEYS[4]) ~= tonumber(ARGV[5]) then
  return false
end
return tell(KEYS[1], KEYS[2], KEYS[3], {
  'k', ARGV[1], 'o', ARGV[2], 's', ARGV[3], 'c', ARGV[4], 'v', ARGV[5], 'b', ARGV[6],
})

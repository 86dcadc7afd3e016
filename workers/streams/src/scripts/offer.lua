-- What a store offers at this moment, with a number for its next order.
--
-- KEYS 1 store, 2 board, 3 number, 4 epoch
-- ARGV 1 the field of the board that is no order
-- Returns nothing if there is no such store, so that guessed ids leave nothing behind.
local store = redis.call('GET', KEYS[1])
if not store then
  return false
end
local open_orders = redis.call('HLEN', KEYS[2]) - redis.call('HEXISTS', KEYS[2], ARGV[1])
return { store, open_orders, redis.call('INCR', KEYS[3]), now(), epoch_of(KEYS[4]) }

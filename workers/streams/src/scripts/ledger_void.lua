-- Says what became of a charge. One that was never asked for is ruled out for ever: a late charge
-- then finds this answer instead of taking money for an order that nobody waits for.
--
-- KEYS 1 ledger of the order
-- ARGV 1 seconds to remember it
local outcome = redis.call('HGET', KEYS[1], 'outcome')
if outcome then
  return outcome
end

redis.call('HSET', KEYS[1], 'outcome', 'voided')
redis.call('EXPIRE', KEYS[1], ARGV[1])
return 'voided'

-- Takes the money, or declines to, once per order; says what became of it the first time.
--
-- KEYS 1 ledger of the order
-- ARGV 1 whether to approve, 2 seconds to remember it
local outcome = redis.call('HGET', KEYS[1], 'outcome')
if outcome then
  return outcome
end

outcome = 'declined'
if ARGV[1] == '1' then
  outcome = 'approved'
  redis.call('HINCRBY', KEYS[1], 'charges', 1)
end
redis.call('HSET', KEYS[1], 'outcome', outcome)
redis.call('EXPIRE', KEYS[1], ARGV[2])
return outcome

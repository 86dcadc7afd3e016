-- How far a feed has come, and in which epoch it is.
--
-- KEYS 1 sequence, 2 epoch
-- Returns the epoch and the sequence.
return { epoch_of(KEYS[2]), tonumber(redis.call('GET', KEYS[1]) or '0') }

-- Whether what was read is still there. If it is, this is a write after it: whoever waits until
-- replicas have this one waits for that one, too.
--
-- KEYS 1 what was read, 2 a mark
-- ARGV 1 index of the element that was read, or empty if it is no list, 2 a text in it
-- Returns 1, or 0 if it is not.
local there
if ARGV[1] == '' then
  there = redis.call('GET', KEYS[1])
else
  there = redis.call('LINDEX', KEYS[1], ARGV[1])
end
if not there or not string.find(there, ARGV[2], 1, true) then
  return 0
end
redis.call('SET', KEYS[2], '')
return 1

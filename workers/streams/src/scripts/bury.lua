-- Puts an entry of a feed aside and acknowledges it, unless that has been done.
--
-- KEYS 1 feed, 2 dead
-- ARGV 1 group, 2 entry, 3 order, 4 reason, 5 most of the dead that are kept
-- Returns whether it was.
if redis.call('XACK', KEYS[1], ARGV[1], ARGV[2]) == 0 then
  return 0
end
redis.call('XADD', KEYS[2], 'MAXLEN', '~', ARGV[5], '*',
  'group', ARGV[1], 'entry', ARGV[2], 'order', ARGV[3], 'reason', ARGV[4], 'at', now())
return 1

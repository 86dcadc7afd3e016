-- Puts an entry of a feed aside and acknowledges it, unless that has been done, or another stands
-- in its place by now.
--
-- KEYS 1 feed, 2 dead, 3 epoch of the feed
-- ARGV 1 group, 2 sequence, 3 epoch, 4 order, 5 reason, 6 most of the dead that are kept
-- Returns whether it was.
local id = ARGV[2] .. '-0'
if is_another(KEYS[1], KEYS[3], ARGV[2], ARGV[3]) or redis.call('XACK', KEYS[1], ARGV[1], id) == 0 then
  return 0
end
redis.call('XADD', KEYS[2], 'MAXLEN', '~', ARGV[6], '*',
  'group', ARGV[1], 'entry', id, 'order', ARGV[4], 'reason', ARGV[5], 'at', now())
return 1

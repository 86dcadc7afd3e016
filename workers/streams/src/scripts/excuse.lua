-- Sets back how often an entry of a feed has been delivered, unless another stands in its place by
-- now, or it has been acknowledged.
--
-- KEYS 1 feed, 2 its epoch
-- ARGV 1 group, 2 consumer, 3 sequence, 4 epoch, 5 how often
if not is_another(KEYS[1], KEYS[2], ARGV[3], ARGV[4]) then
  redis.call('XCLAIM', KEYS[1], ARGV[1], ARGV[2], 0, ARGV[3] .. '-0', 'RETRYCOUNT', ARGV[5], 'JUSTID')
end

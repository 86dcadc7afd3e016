-- Acknowledges entries of a feed, each unless another stands in its place by now.
--
-- KEYS 1 feed, 2 its epoch
-- ARGV 1 group, then for each entry its sequence and its epoch
for i = 2, #ARGV, 2 do
  if not is_another(KEYS[1], KEYS[2], ARGV[i], ARGV[i + 1]) then
    redis.call('XACK', KEYS[1], ARGV[1], ARGV[i] .. '-0')
  end
end

-- Says which entry of a feed is the first that a group still needs.
--
-- KEYS 1 feed
-- ARGV 1 group
-- Returns its sequence; 0 if the group has never been there.
local function sequence_of(id)
  return tonumber(string.match(id, '^%d+'))
end

if redis.call('EXISTS', KEYS[1]) == 0 then
  return 0
end
for _, answer in ipairs(redis.call('XINFO', 'GROUPS', KEYS[1])) do
  local group = {}
  for i = 1, #answer, 2 do
    group[answer[i]] = answer[i + 1]
  end
  if group.name == ARGV[1] then
    local pending = redis.call('XPENDING', KEYS[1], ARGV[1])
    if pending[1] > 0 then
      return sequence_of(pending[2])
    end
    return sequence_of(group['last-delivered-id']) + 1
  end
end
return 0

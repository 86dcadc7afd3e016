-- Removes old entries from the head of a feed, none of which any group still needs.
--
-- KEYS 1 feed
-- ARGV 1 for how many ms entries are kept, 2 most entries that go
-- Returns how many went.
local feed = KEYS[1]

local function sequence_of(id)
  return tonumber(string.match(id, '^%d+'))
end

-- The first entry that a group still needs.
local function needed_by(group)
  local pending = redis.call('XPENDING', feed, group.name)
  if pending[1] > 0 then
    return sequence_of(pending[2])
  end
  return sequence_of(group['last-delivered-id']) + 1
end

local function first_needed()
  local first = nil
  for _, answer in ipairs(redis.call('XINFO', 'GROUPS', feed)) do
    local group = {}
    for i = 1, #answer, 2 do
      group[answer[i]] = answer[i + 1]
    end
    local needed = needed_by(group)
    first = math.min(first or needed, needed)
  end
  return first
end

-- When an entry was appended, or the next one after it.
local function appended_at(sequence)
  local entry = redis.call('XRANGE', feed, string.format('%d-0', sequence), '+', 'COUNT', 1)[1]
  for i = 1, #entry[2], 2 do
    local name, value = entry[2][i], entry[2][i + 1]
    -- Once it was a field of its own.
    local at = name == 'a' and string.match(value, '^t(%d+)') or name == 't' and value
    if at then
      return tonumber(at)
    end
  end
  return 0
end

if redis.call('XLEN', feed) == 0 then
  return 0
end
local head = sequence_of(redis.call('XRANGE', feed, '-', '+', 'COUNT', 1)[1][1])
local top = sequence_of(redis.call('XREVRANGE', feed, '+', '-', 'COUNT', 1)[1][1])
local low, high = head, math.min(first_needed() or head, top + 1, head + tonumber(ARGV[2]))
local oldest_kept = tonumber(now()) - tonumber(ARGV[1])

-- Entries below `low` are old, those from `high` on are kept; sequences have no gaps.
while low < high do
  local middle = math.floor((low + high) / 2)
  if appended_at(middle) < oldest_kept then
    low = middle + 1
  else
    high = middle
  end
end
if low <= head then
  return 0
end
return redis.call('XTRIM', feed, 'MINID', string.format('%d-0', low))

-- Put before every script that has news.

-- The answer to TIME as milliseconds since the epoch, as text: a Lua number is printed with 14
-- digits only.
local function millis(time)
  return string.format('%d%03d', time[1], math.floor(time[2] / 1000))
end

local function now()
  return millis(redis.call('TIME'))
end

-- The epoch of a feed. Redis gives its data another replication id whenever some of them may be
-- lost: at every start, and when a replica takes over. Places of the feed as it was before mean
-- nothing from then on, so it begins another epoch with the first that is asked of it.
local function epoch_of(epoch_key)
  local history = string.match(redis.call('INFO', 'replication'), 'master_replid:(%x+)') or ''
  local epoch, of = string.match(redis.call('GET', epoch_key) or '', '^(%x+) (%x*)$')
  if of == history then
    return epoch
  end
  epoch = string.sub(redis.sha1hex(history .. table.concat(redis.call('TIME'), ' ') .. epoch_key), 1, 8)
  redis.call('SET', epoch_key, epoch .. ' ' .. history)
  return epoch
end

-- Whether another entry stands at a place of a feed than the one that was read there in an epoch:
-- it has been lost, and its place given away. What was written before entries said their epoch is
-- taken for the one that was read.
local function is_another(feed, epoch_key, sequence, epoch)
  if epoch == '' or epoch == string.match(redis.call('GET', epoch_key) or '', '^%x+') then
    return false
  end
  local id = sequence .. '-0'
  local entry = redis.call('XRANGE', feed, id, id)[1]
  local said = entry and string.match('\n' .. entry[2][2], '\nh(%x+)')
  return said and said ~= epoch
end

-- Appends an entry to a feed and returns its sequence. Sequences have no gaps. `fields` alternates
-- names, each a letter, and values; empty values are left out.
--   k kind, o order, s store, c customer, r rider, p previous rider, v version, e events, w trace,
--   b body, x place of the order's entry before, y place of the store's; beside them t instant,
--   u microseconds beyond it, h epoch
-- The body is a field of the entry, and all else is lines of another, each a name and its value:
-- Redis and everybody who follows pay for every field of every entry.
local function tell(feed, sequence_key, epoch_key, fields)
  local time = redis.call('TIME')
  local about = { 't' .. millis(time), 'u' .. time[2] % 1000, 'h' .. epoch_of(epoch_key) }
  local body = ''
  for i = 1, #fields, 2 do
    local name, value = fields[i], fields[i + 1]
    if name == 'b' then
      body = value
    elseif value ~= '' then
      about[#about + 1] = name .. value
    end
  end
  local sequence = redis.call('INCR', sequence_key)
  redis.call('XADD', feed, string.format('%d-0', sequence), 'a', table.concat(about, '\n'), 'b', body)
  return sequence
end

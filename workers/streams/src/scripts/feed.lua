-- Put before every script that has news.

-- Milliseconds since the epoch, as text: a Lua number is printed with 14 digits only.
local function now()
  local time = redis.call('TIME')
  return string.format('%d%03d', time[1], math.floor(time[2] / 1000))
end

-- Appends an entry to a feed and returns its sequence. Sequences have no gaps. `fields` alternates
-- names and values; empty values are left out.
--   k kind, o order, s store, c customer, r rider, p previous rider, v version, e events, b body
local function tell(feed, sequence_key, fields)
  local sequence = redis.call('INCR', sequence_key)
  local entry = { 't', now() }
  for i = 1, #fields, 2 do
    if fields[i + 1] ~= '' then
      entry[#entry + 1] = fields[i]
      entry[#entry + 1] = fields[i + 1]
    end
  end
  redis.call('XADD', feed, string.format('%d-0', sequence), unpack(entry))
  return sequence
end


-- The orders on a board, with their logs, all of one moment.
--
-- KEYS 1 board
-- ARGV 1 what the keys of logs begin with; they are in the slot of the board, 2 the field that is
--      no order
-- Returns the time, the sequence of the store's last news, ids and logs.
local changed, ids, logs = 0, {}, {}
local board = redis.call('HGETALL', KEYS[1])
for i = 1, #board, 2 do
  if board[i] == ARGV[2] then
    changed = tonumber(board[i + 1])
  else
    ids[#ids + 1] = board[i]
    logs[#logs + 1] = redis.call('LRANGE', ARGV[1] .. board[i], 0, -1)
  end
end
return { now(), changed, ids, logs }

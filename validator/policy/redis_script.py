"""What `window` does, in the language of scripts that Redis runs: all arithmetic is on whole numbers below 2**53."""

from typing import Final

# Keys: the clock, then each counter once. Arguments: the moment in milliseconds or nothing for the server's own, then
# for each charge the number of its key, the window in milliseconds, its steps, the past steps that count, the maximum
# and the amount. Answers 1 and the step of each charge, or 0 and the first charge that does not fit: its number, what
# the same call takes before it, the moment, the time, and what its counter holds.
TAKE: Final = """
local time = redis.call('TIME')
local now = tonumber(ARGV[1]) or (tonumber(time[1]) * 1000 + math.floor(tonumber(time[2]) / 1000))
local moment = math.max(now, tonumber(redis.call('GET', KEYS[1]) or '0'))
local held, pending, answer, old = {}, {}, {1}, {}

for number = 1, (#ARGV - 1) / 6 do
  local at = 2 + (number - 1) * 6
  local key, window, steps = tonumber(ARGV[at]), tonumber(ARGV[at + 1]), tonumber(ARGV[at + 2])
  local past, maximum, amount = tonumber(ARGV[at + 3]), tonumber(ARGV[at + 4]), tonumber(ARGV[at + 5])
  local step = math.floor(moment * steps / window)
  if not held[key] then
    held[key], old[key] = redis.call('HGETALL', KEYS[key]), {}
  end
  local used, before = 0, pending[key] and pending[key].amount or 0
  for index = 1, #held[key], 2 do
    if tonumber(held[key][index]) >= step - past then
      used = used + tonumber(held[key][index + 1])
    else
      table.insert(old[key], held[key][index])
    end
  end
  if used + before + amount > maximum then
    return {0, number, before, moment, now, held[key]}
  end
  pending[key] = {step = step, amount = before + amount, window = window}
  table.insert(answer, step)
end

for key, taken in pairs(pending) do
  if taken.amount > 0 then
    redis.call('HINCRBY', KEYS[key], string.format('%.0f', taken.step), string.format('%.0f', taken.amount))
    redis.call('PEXPIRE', KEYS[key], string.format('%.0f', 2 * taken.window + 60000))
  end
  for _, step in ipairs(old[key]) do
    redis.call('HDEL', KEYS[key], step)
  end
end
redis.call('SET', KEYS[1], string.format('%.0f', moment))
return answer
"""

# Keys: a counter for each thing that was taken. Arguments: the step and the amount of each.
GIVE_BACK: Final = """
for number = 1, #KEYS do
  local step, amount = ARGV[2 * number - 1], tonumber(ARGV[2 * number])
  local there = redis.call('HGET', KEYS[number], step)
  if there then
    redis.call('HSET', KEYS[number], step, string.format('%.0f', math.max(tonumber(there) - amount, 0)))
  end
end
return 1
"""

/** What must happen in Redis at once, as Lua: each script has one key, and knows no command newer than Redis 6.2. */
import { createHash } from "node:crypto";

export type Script = { readonly lua: string; readonly hash: string };

const script = (lua: string): Script => ({ lua, hash: createHash("sha1").update(lua).digest("hex") });

/** How many writers a record remembers. */
export const writers = 16;

/**
 * Replaces a record if its version is the one that the writer began from: "set". Else gives what is there: the text
 * of the record, or "gone". Such words come as a list, so that no text of a key is ever taken for one.
 *
 * A client that has lost its connection may send the same command again, and cannot tell whether it was carried out.
 * The record can: beside its version stand those who wrote it lately, the oldest first, each with the number of its last
 * write and the version that this made. A writer numbers its writes, so its entry with this
 * number says "set" already. Where that may have been pushed out, by many others or by a later write of the same
 * writer, which had given this one up for lost, the answer is "unknown".
 *
 * Arguments: the base version, the next one, the writer, the number of the write, milliseconds to live or nothing, the record.
 */
export const replace = script(`
local base, next, writer, number, time, record = unpack(ARGV)
local text = redis.call('GET', KEYS[1])
if not text then return {'gone'} end
local version, writes, subject = string.match(text, '^(%d+)([^\\n]*)\\n([^\\n]*)\\n')
if not version then return text end

local others, own, oldest = {}, nil, nil
for entry, name, write, made in string.gmatch(writes, '( ([^ :]+):(%w+):(%d+))') do
  if name == writer then
    own = write
  else
    table.insert(others, entry)
    oldest = oldest or made
  end
end

if version ~= base then
  if own == number then return {'set'} end
  -- A later write of this writer has taken the place of its entry.
  if own and tonumber(own, 36) > tonumber(number, 36) then return {'unknown'} end
  -- Whoever made the next version is in the list, unless all that are in it wrote later.
  local isLost = not own and #others == ${writers} and tonumber(oldest) > tonumber(next)
  return isLost and {'unknown'} or text
end

if #others == ${writers} then table.remove(others, 1) end
local entry = ' ' .. writer .. ':' .. number .. ':' .. next
local value = next .. table.concat(others) .. entry .. '\\n' .. subject .. '\\n' .. record
if time == '' then
  redis.call('SET', KEYS[1], value)
else
  redis.call('SET', KEYS[1], value, 'PX', time)
end
return {'set'}
`);

/**
 * Notes in the index of a subject that a session was written or renewed now. One that is not in the index is added
 * only if it is new: else somebody has just ended it.
 *
 * An entry is "created seen until label", the label as JSON or nothing, until 0 where it is for good. Some entries are looked at
 * each time, all of them where there are few, and those whose time is over go. The index goes with its last entry.
 *
 * Arguments: "new" or "old", the session's id, milliseconds to live or nothing, the label.
 */
export const note = script(`
local age, id, time, label = unpack(ARGV)
local entry = redis.call('HGET', KEYS[1], id)
if age == 'old' and not entry then return end

local clock = redis.call('TIME')
local now = clock[1] * 1000 + math.floor(clock[2] / 1000)
-- A minute more, as the nodes of a cluster do not have the same time: the session must not outlive its entry.
local ends = time == '' and 0 or now + time + 60000
local created = age == 'old' and string.match(entry, '^%d+') or now
redis.call('HSET', KEYS[1], id, created .. ' ' .. now .. ' ' .. ends .. ' ' .. label)

local last = ends
local function reach(time)
  if time == 0 or last == 0 then last = 0 else last = math.max(last, time) end
end

if redis.call('HLEN', KEYS[1]) > 20 then
  local left = redis.call('PTTL', KEYS[1])
  reach(left < 0 and 0 or now + left)
end
local some = redis.call('HRANDFIELD', KEYS[1], 20, 'WITHVALUES')
for at = 1, #some, 2 do
  local time = tonumber(string.match(some[at + 1], '^%d+ %d+ (%d+)'))
  if time > 0 and time <= now then redis.call('HDEL', KEYS[1], some[at]) else reach(time) end
end
if last == 0 then redis.call('PERSIST', KEYS[1]) else redis.call('PEXPIREAT', KEYS[1], last) end
`);

/** The whole index as a list of ids and entries; unlike a plain HGETALL it is never asked of a replica, and no client makes a map of it. */
export const list = script(`return redis.call('HGETALL', KEYS[1])`);

// The three atomic steps of a partition's state, as Lua: take it, read it while it is ours, commit to it while it is ours.
import { within } from './keys.ts';

/** KEYS meta · ARGV token, build → the whole meta hash, or {"refused"} if a token as large holds it. */
export const acquireScript = `
local held = redis.call('HGET', KEYS[1], 'token')
if held and tonumber(held) >= tonumber(ARGV[1]) then return {'refused'} end
redis.call('HSET', KEYS[1], 'token', ARGV[1], 'build', ARGV[2])
redis.call('HSETNX', KEYS[1], 'offset', '0')
return redis.call('HGETALL', KEYS[1])`;

/** KEYS meta · ARGV token → the whole meta hash, or nil if another token holds it. */
export const resumeScript = `
if redis.call('HGET', KEYS[1], 'token') ~= ARGV[1] then return false end
return redis.call('HGETALL', KEYS[1])`;

const fenced = `
local held = redis.call('HMGET', KEYS[1], 'token', 'offset')
if held[1] ~= ARGV[1] or held[2] ~= ARGV[2] then return false end`;

/** KEYS meta, state, memos, id windows… · ARGV token, offset, count of record keys, these, memo keys… → {states, memos, windows…}, or nil if lost. */
export const readScript = `${fenced}
local states, memos, count = {}, {}, tonumber(ARGV[3])
if count > 0 then states = redis.call('HMGET', KEYS[2], unpack(ARGV, 4, 3 + count)) end
if #ARGV > 3 + count then memos = redis.call('HMGET', KEYS[3], unpack(ARGV, 4 + count)) end
local answer = {states, memos}
for i = 4, #KEYS do answer[#answer + 1] = redis.call('HGETALL', KEYS[i]) end
return answer`;

/**
 * KEYS meta, ids-by-time, memos, memos-by-time · ARGV token, offset, what all keys of the partition begin with, operations as MessagePack
 * ({command, rest of the key, arguments…}…), sweep before, time of the last record where memos changed, push channel (or none) and
 * message → 1, or nil if lost. Id windows that end before the sweep time go, and memos that may be forgotten at the other. The keys
 * of the operations are not among KEYS, as there are thousands; they have the same hash tag.
 */
export const commitScript = `${fenced}
local prefix = ARGV[3]
for _, operation in ipairs(cmsgpack.unpack(ARGV[4])) do
  redis.call(operation[1], prefix .. operation[2], unpack(operation, 3))
end
if ARGV[5] ~= '' then
  local old = redis.call('ZRANGEBYSCORE', KEYS[2], '-inf', '(' .. ARGV[5], 'LIMIT', 0, 100)
  for _, key in ipairs(old) do redis.call('DEL', prefix .. '${within.ids('')}' .. key) end
  if #old > 0 then redis.call('ZREM', KEYS[2], unpack(old)) end
end
if ARGV[6] ~= '' then
  local old = redis.call('ZRANGEBYSCORE', KEYS[4], '-inf', ARGV[6], 'LIMIT', 0, 1000)
  if #old > 0 then
    redis.call('HDEL', KEYS[3], unpack(old))
    redis.call('ZREM', KEYS[4], unpack(old))
  end
end
if ARGV[7] ~= '' then redis.call('PUBLISH', ARGV[7], ARGV[8]) end
return 1`;

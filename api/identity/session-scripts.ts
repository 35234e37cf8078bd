// The atomic steps of sessions on Redis, by its own clock: begin, rotate, end; ending also voids the access tokens of a session.

/**
 * A session is a hash with the SHA-256 of its refresh token; a user's sessions stand in a sorted set by when each was last used.
 * An ended one stands in a third, until the last access token of it has expired. ARGV[1] to ARGV[5] are the same for all.
 */
const common = `
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
local sessionPrefix, userPrefix, revoked = ARGV[1], ARGV[2], ARGV[3]
local lastsMs, voidMs = tonumber(ARGV[4]), tonumber(ARGV[5])

local function endSession(userId, sessionId)
  redis.call('DEL', sessionPrefix .. sessionId)
  redis.call('ZREM', userPrefix .. userId, sessionId)
  redis.call('ZREMRANGEBYSCORE', revoked, '-inf', now)
  redis.call('ZADD', revoked, now + voidMs, sessionId)
  redis.call('PEXPIRE', revoked, voidMs)
  redis.call('PUBLISH', revoked, sessionId .. ' ' .. string.format('%.0f', now + voidMs))
end

-- When the password was last changed: an instance that has not read so yet would still let the old one in.
local function changedKey(userId) return userPrefix .. userId .. ':password_changed' end

local function touch(userId, sessionId)
  redis.call('PEXPIRE', sessionPrefix .. sessionId, lastsMs)
  redis.call('ZADD', userPrefix .. userId, now, sessionId)
  redis.call('PEXPIRE', userPrefix .. userId, lastsMs)
end
`;

/** ARGV: user, session, family, secret (both hashed), address, user agent, most sessions of a user, when the password was changed (ms). */
export const beginScript = `${common}
local userId, sessionId = ARGV[6], ARGV[7]
if tonumber(ARGV[13]) < tonumber(redis.call('GET', changedKey(userId)) or 0) then return 0 end
redis.call('HSET', sessionPrefix .. sessionId, 'user_id', userId, 'family', ARGV[8], 'secret', ARGV[9],
  'address', ARGV[10], 'user_agent', ARGV[11], 'created_at', now, 'last_seen', now)
touch(userId, sessionId)
redis.call('ZREMRANGEBYSCORE', userPrefix .. userId, '-inf', now - lastsMs)
local surplus = redis.call('ZCARD', userPrefix .. userId) - tonumber(ARGV[12])
if surplus > 0 then
  for _, oldest in ipairs(redis.call('ZRANGE', userPrefix .. userId, 0, surplus - 1)) do endSession(userId, oldest) end
end
return now`;

/**
 * ARGV: session, family, secret, next secret, address, user agent, leeway (ms). The right family with another secret is an older token.
 * The one just before, in the leeway after it was first used, is the same use again: its answer was lost, and what that held never works.
 */
export const rotateScript = `${common}
local sessionId = ARGV[6]
local known = redis.call('HMGET', sessionPrefix .. sessionId, 'user_id', 'family', 'secret', 'spent', 'spent_at')
if not known[1] then return {'ended', ''} end
if known[2] ~= ARGV[7] then return {'unknown', ''} end
if known[3] == ARGV[8] then
  redis.call('HSET', sessionPrefix .. sessionId, 'spent', ARGV[8], 'spent_at', now)
elseif known[4] ~= ARGV[8] or now - tonumber(known[5]) > tonumber(ARGV[12]) then
  endSession(known[1], sessionId)
  return {'reused', known[1]}
end
redis.call('HSET', sessionPrefix .. sessionId, 'secret', ARGV[9], 'last_seen', now, 'address', ARGV[10], 'user_agent', ARGV[11])
touch(known[1], sessionId)
return {'rotated', known[1]}`;

/** ARGV: user, session. */
export const endScript = `${common}
if redis.call('HGET', sessionPrefix .. ARGV[7], 'user_id') ~= ARGV[6] then return 0 end
endSession(ARGV[6], ARGV[7])
return 1`;

/** ARGV: user, the session that goes on (or none), when the password was changed (ms; 0: it was not). */
export const endAllScript = `${common}
if tonumber(ARGV[8]) > tonumber(redis.call('GET', changedKey(ARGV[6])) or 0) then
  redis.call('SET', changedKey(ARGV[6]), ARGV[8], 'PX', lastsMs)
end
local ended = 0
for _, sessionId in ipairs(redis.call('ZRANGE', userPrefix .. ARGV[6], 0, -1)) do
  if sessionId ~= ARGV[7] then
    endSession(ARGV[6], sessionId)
    ended = ended + 1
  end
end
return ended`;

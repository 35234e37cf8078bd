// The shapes of the answers about accounts and sessions, as JSON Schema.
import { objectOf } from './fields.ts';

const text = { type: 'string' };
const time = { type: 'string', format: 'date-time' };
const count = { type: 'integer' };
const flag = { type: 'boolean' };
const held = { type: 'array', items: text };
const whole = (properties: Record<string, object>, optional: Record<string, object> = {}) =>
  objectOf({ ...properties, ...optional } as never, Object.keys(properties));

const tokenFields = {
  user_id: text,
  access_token: { type: 'string', description: 'for Authorization: Bearer <access_token>' },
  token_type: { const: 'Bearer' },
  expires_in: { type: 'integer', description: 'seconds until the access token expires' },
  refresh_token: { type: 'string', description: 'works once: for the next two tokens' },
  roles: held,
};
const accountFields = { user_id: text, username: text, roles: held, created_at: time, password_changed_at: time };
const session = whole({ id: text, created_at: time, last_seen: time, address: text, user_agent: text, current: flag });

export const tokens = whole(tokenFields);
export const registered = whole({ ...tokenFields, username: text, token: text });
export const loggedOut = whole({ logged_out: flag });
export const sessions = whole({ sessions: { type: 'array', items: session } });
export const sessionEnded = whole({ ended: flag, id: text });
export const me = whole({ ...accountFields, session_id: text });
export const passwordChanged = whole({ changed: flag, sessions_ended: count });
export const rolesSet = whole({ ...accountFields, sessions_ended: count });
export const keySet = whole({ keys: { type: 'array', items: { type: 'object' } } });

// The shapes of the answers about accounts and sessions, as JSON Schema.
import { flag, listOf, shape, text, time, whole } from './answers.ts';

const held = listOf(text);
const tokenFields = {
  user_id: text,
  access_token: { type: 'string', description: 'for Authorization: Bearer <access_token>' },
  token_type: { const: 'Bearer' },
  expires_in: { type: 'integer', description: 'seconds until the access token expires' },
  refresh_token: {
    type: 'string',
    description: 'works once: for the next two tokens (for 10 s more where the answer was lost)',
  },
  roles: held,
};
const accountFields = { user_id: text, username: text, roles: held, created_at: time, password_changed_at: time };
const session = shape({ id: text, created_at: time, last_seen: time, address: text, user_agent: text, current: flag });

export const tokens = shape(tokenFields);
export const registered = shape({ ...tokenFields, username: text, token: text });
export const loggedOut = shape({ logged_out: flag });
export const sessions = shape({ sessions: listOf(session) });
export const sessionEnded = shape({ ended: flag, id: text });
export const me = shape({ ...accountFields, session_id: text });
export const passwordChanged = shape({ changed: flag, sessions_ended: whole });
export const rolesSet = shape({ ...accountFields, sessions_ended: whole });
export const keySet = shape({ keys: listOf({ type: 'object' }) });

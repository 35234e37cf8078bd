// The account page's script: register, log in, my sessions with their end, another password, log out.
import { answerOf as answered, byId, element, sending } from './dom.js';

const pagesOfOne = new Set(['/', '/wallet', '/dating', '/experiments']);
const timeZone = Intl.DateTimeFormat().resolvedOptions().timeZone;

const answerOf = (address, options) =>
  answered(address, options, ({ headers }) => {
    byId('demo').hidden = headers.get('demo-mode') === null;
  });
const sent = (method, address, body) => answerOf(address, sending(method, body));

function tell(text, isFailure = false) {
  byId('state').textContent = text;
  byId('state').classList.toggle('failed', isFailure);
}

const shortly = (time) => new Date(time).toLocaleString([], { dateStyle: 'medium', timeStyle: 'short' });

/** The name that a browser adds of itself; of anything else the beginning. */
const browserOf = (agent) =>
  /(Firefox|Edg|OPR|Chrome|Version)\/\d+/.exec(agent)?.[0].replace('Version', 'Safari') ?? agent.slice(0, 40);

function rowOf({ id, created_at: since, last_seen: seen, address, user_agent: agent, current }) {
  const row = document.createElement('tr');
  const end = element('button', 'End');
  end.type = 'button';
  end.addEventListener('click', () => attempt(() => sent('DELETE', `/api/auth/sessions/${id}`), 'ended'));
  const last = document.createElement('td');
  last.append(current ? 'this session' : end);
  row.append(...[address, browserOf(agent), shortly(since), shortly(seen)].map((text) => element('td', text)), last);
  return row;
}

async function show() {
  byId('in').hidden = !signedIn();
  byId('out').hidden = Boolean(signedIn());
  byId('zone').textContent = timeZone;
  if (!signedIn()) {
    byId('who').textContent = 'Account';
    await answerOf('/api/auth/jwks.json');
    return;
  }
  const [me, { sessions }] = await Promise.all([answerOf('/api/auth/me'), answerOf('/api/auth/sessions')]);
  const lines = { 'User name': me.username, 'User id': me.user_id, Roles: me.roles.join(', ') };
  Object.assign(lines, { 'Member since': shortly(me.created_at), 'Password changed': shortly(me.password_changed_at) });
  byId('who').textContent = me.username;
  // For password managers: whose password it is that changes.
  byId('password').elements.username.defaultValue = me.username;
  byId('me').replaceChildren(
    ...Object.entries(lines).flatMap(([name, text]) => [element('dt', name), element('dd', text)]),
  );
  byId('sessions').replaceChildren(...sessions.map(rowOf));
}

/** Does it, says so, and shows how things are then. */
async function attempt(work, done) {
  try {
    await work();
    await show();
    tell(done);
  } catch (error) {
    tell(error.message, true);
    await show().catch(() => undefined);
  }
}

function onSubmit(id, work, done) {
  byId(id).addEventListener('submit', (event) => {
    event.preventDefault();
    const form = event.target;
    const fields = Object.fromEntries(new FormData(form));
    attempt(async () => {
      await work(fields);
      form.reset();
    }, done);
  });
}

/** To the page that asked to log in; only to pages of ours, whatever a link says. */
function goBack() {
  const back = new URLSearchParams(location.search).get('back');
  if (pagesOfOne.has(back)) location.assign(back);
}

const logIn = async ({ username, password }) =>
  keepSession({ ...(await sent('POST', '/api/auth/login', { username, password })), username });
onSubmit(
  'login',
  async (fields) => {
    await logIn(fields);
    goBack();
  },
  'logged in',
);
onSubmit(
  'register',
  async (fields) => {
    keepSession(await sent('POST', '/api/auth/register', { ...fields, time_zone: timeZone }));
    goBack();
  },
  'registered, and logged in',
);
onSubmit(
  'password',
  ({ username: _, ...fields }) => sent('POST', '/api/auth/password', fields),
  'password changed; all other sessions have ended',
);
byId('logout').addEventListener('click', () =>
  attempt(async () => {
    await sent('POST', '/api/auth/logout');
    forgetSession();
  }, 'logged out'),
);
attempt(() => undefined, signedIn() ? 'logged in' : 'not logged in');

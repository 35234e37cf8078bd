// The dating page's script: candidates with the arithmetic of their scores, swipes, undo, blocks, boosts, and matches as they happen.
const user = new URLSearchParams(location.search).get('userId') ?? 'ana';
const candidatesShown = 12;
const factorNames = ['interests', 'location', 'age', 'activity', 'personality'];
const byId = (id) => document.getElementById(id);
const whole = (number) => Number(number).toLocaleString('en');
const percent = (share) => `${Math.round(share * 100)} %`;
const query = (more) => new URLSearchParams({ user_id: user, ...more });

/** Of what was swiped last here, for undo. */
let lastSwiped = null;
/** Of the last change: a read that is given it sees the change. */
let token = null;
let nextCursor = null;

async function answerOf(address, options) {
  const response = await fetch(address, options);
  const body = await response.json();
  if (!response.ok) throw new Error(`${body.reason ?? response.status}: ${body.detail ?? ''}`);
  return body;
}

/** Every press of a button is a request of its own; a repeat of it would carry the same key. */
async function ask(what, body) {
  const answer = await answerOf(`/api/grpc/dating/${what}`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', 'idempotency-key': crypto.randomUUID() },
    body: JSON.stringify({ user_id: user, ...body }),
  });
  token = answer.token ?? token;
  return answer;
}

function element(name, text, className) {
  const made = document.createElement(name);
  made.textContent = text;
  if (className) made.className = className;
  return made;
}

function tell(text, isRefused = false) {
  byId('answer').textContent = text;
  byId('answer').className = isRefused ? 'refused' : '';
}

/** Runs what a button asks for, and tells what came of it. */
async function pressed(button, run) {
  button.disabled = true;
  try {
    tell(await run());
  } catch (error) {
    tell(error.message, true);
  }
  button.disabled = false;
  byId('undo').disabled = lastSwiped === null;
  await Promise.all([showPurse(), showCandidates(), showMatches()]).catch((error) => tell(error.message, true));
}

function button(text, run) {
  const made = element('button', text);
  made.type = 'button';
  made.addEventListener('click', () => pressed(made, run));
  return made;
}

function barsOf(factors, unknown) {
  const guessed = new Set(unknown.map(({ factor }) => factor));
  return factorNames.flatMap((name) => {
    const { value, weight, contribution } = factors[name];
    const bar = element('i', '', guessed.has(name) ? 'guess' : '');
    const filled = element('b', '');
    filled.style.width = `${value * 100}%`;
    bar.append(filled);
    const sum = `${value.toFixed(2)} × ${weight.toFixed(2)} = ${(contribution ?? value * weight).toFixed(3)}`;
    return [element('span', name), bar, element('span', sum)];
  });
}

async function swiped(candidate, direction, card) {
  const answer = await ask('swipe', { target_user_id: candidate.user_id, direction });
  // What has made a match has had its effect.
  lastSwiped = answer.match_id === null ? candidate.user_id : null;
  card.remove();
  const cost = answer.coins_charged > 0 ? `${whole(answer.coins_charged)} coins` : 'free';
  const nameOf = candidate.name ?? candidate.user_id;
  if (answer.match_id) return `It is a match with ${nameOf}!`;
  return `${direction.toLowerCase().replace('_', ' ')} on ${nameOf}: ${cost}`;
}

function cardOf(candidate) {
  const card = byId('card').content.cloneNode(true).firstElementChild;
  const part = (selector) => card.querySelector(selector);
  const { user_id: id, name, age, interests = [], reasons, unknown, factors } = candidate;
  part('h3').textContent = [name ?? id, age].filter((known) => known != null).join(', ');
  part('h3').classList.toggle('boosted', candidate.boosted === true);
  part('.by').textContent = `${candidate.distance_km} km · ${interests.join(', ')}`;
  part('.score b').textContent = percent(candidate.compatibility_score);
  part('.score').title = `the sum of the five contributions: ${candidate.compatibility_score}`;
  part('.why').replaceChildren(...reasons.map((reason) => element('li', reason)));
  part('.bars').replaceChildren(...barsOf(factors, unknown));
  part('.unknown').textContent = unknown.map(({ factor, why }) => `${factor} is unknown: ${why}`).join('; ');
  for (const made of card.querySelectorAll('[data-direction]'))
    made.addEventListener('click', () => pressed(made, () => swiped(candidate, made.dataset.direction, card)));
  const block = part('[data-act=block]');
  block.addEventListener('click', () => pressed(block, () => blocked(id)));
  return card;
}

async function blocked(id) {
  await ask('block', { target_user_id: id });
  return `${id} is blocked: neither of you sees the other`;
}

async function page(cursor) {
  const more = { limit: candidatesShown, ...(token && { token }), ...(cursor && { cursor }) };
  const { matches, next_cursor: next } = await answerOf(`/api/grpc/dating/matches?${query(more)}`);
  nextCursor = next;
  byId('more').hidden = next === null;
  return matches.map(cardOf);
}

async function showCandidates() {
  const cards = await page();
  byId('candidates').replaceChildren(...(cards.length > 0 ? cards : [element('li', 'nobody left for now', 'none')]));
}

async function showPurse() {
  const seen = token ? { token } : {};
  const [swipes, wallet] = await Promise.all([
    answerOf(`/api/dating/swipes?${query(seen)}`),
    answerOf(`/api/wallets/${encodeURIComponent(user)}?${new URLSearchParams(seen)}`),
  ]);
  const at = new Date(swipes.resets_at).toLocaleTimeString([], { hour: '2-digit', minute: '2-digit' });
  byId('free').textContent =
    `${swipes.free_swipes_left} of ${swipes.free_swipes_a_day} free swipes left, new ones at ${at} (then ${swipes.coins_a_swipe} coins each)`;
  byId('coins').textContent = `${whole(wallet.coins)} coins · ${whole(wallet.credits)} credits`;
}

async function unlock(id, mode) {
  const { status, held_until: until } = await ask('unlock', { target_user_id: id, mode });
  if (status === 'unlocked') return `the match with ${id} is unlocked`;
  return `paid for: ${id} has until ${new Date(until).toLocaleString()} to pay too, or you get it back`;
}

function matchItem({ user_id: id, status, matched_at: at }) {
  const item = element('li', '', status === 'locked' ? 'new' : '');
  item.append(element('b', id), ` ${status} · since ${new Date(at).toLocaleString()} `);
  const acts = element('div', '', 'acts');
  if (status === 'locked') {
    acts.append(button('Unlock together, 50 credits + 25 coins each', () => unlock(id, 'both')));
    acts.append(button('At once, 150 credits + 100 coins', () => unlock(id, 'instant')));
  }
  if (status !== 'ended') acts.append(button('Block', () => blocked(id)));
  item.append(acts);
  return item;
}

async function showMatches() {
  const { matches } = await answerOf(`/api/dating/match-history?${query(token ? { token } : {})}`);
  const items = matches.map(matchItem);
  byId('matches').replaceChildren(...(items.length > 0 ? items : [element('li', 'none yet', 'none')]));
}

function follow() {
  const socket = new WebSocket(`${location.origin.replace('http', 'ws')}/ws`);
  socket.addEventListener('open', () => socket.send(JSON.stringify({ type: 'subscribe', channel: `dating:${user}` })));
  socket.addEventListener('message', ({ data }) => {
    const { type } = JSON.parse(data);
    if (type !== 'subscribed' && type !== 'update') return;
    byId('state').textContent = 'live';
    Promise.all([showMatches(), showPurse()]).catch((error) => tell(error.message, true));
  });
  socket.addEventListener('close', () => {
    byId('state').textContent = 'not connected, trying again';
    setTimeout(follow, 1_000);
  });
}

byId('who').elements.user.value = user;
byId('wallet').href = `/wallet?userId=${encodeURIComponent(user)}`;
byId('undo').addEventListener('click', () =>
  pressed(byId('undo'), async () => {
    const undone = lastSwiped;
    await ask('undo', { target_user_id: undone });
    lastSwiped = null;
    return `taken back: ${undone}`;
  }),
);
byId('boost').addEventListener('click', () =>
  pressed(byId('boost'), async () => {
    const { boosted_until: until } = await ask('boost', {});
    return `shown earlier until ${new Date(until).toLocaleTimeString()}`;
  }),
);
byId('more').addEventListener('click', async () => byId('candidates').append(...(await page(nextCursor))));
byId('who').addEventListener('submit', (event) => {
  event.preventDefault();
  location.assign(`/dating?userId=${encodeURIComponent(event.target.elements.user.value)}`);
});
Promise.all([showPurse(), showCandidates()]).then(follow, (error) => {
  tell(error.message, true);
  byId('state').textContent = '';
});

// The dating page's script: candidates with the arithmetic of their scores, swipes, undo, blocks, reports, boosts, and matches as they happen.
import { answerOf, byId, element, keyed } from './dom.js';
import { Live } from './live.js';
import { visitorOf } from './visitor.js';

const { user, name: ownName, isDemo } = await visitorOf('dating page', 'ana');
const candidatesShown = 12;
const factorNames = ['interests', 'location', 'age', 'activity', 'personality'];
const whole = (number) => Number(number).toLocaleString('en');
const percent = (share) => `${(share * 100).toFixed(1)} %`;
/** Digits enough that the shown parts add up to the shown sum. */
const figure = (number) => String(Number(number.toFixed(5)));
const query = (more) => new URLSearchParams({ user_id: user, ...more });

/** What this browser remembers of a user's own doing: whom they swiped last, whom they have blocked. No answer lists either. */
const remembered = (what) => JSON.parse(localStorage.getItem(`dating:${user}:${what}`) ?? 'null');
const remember = (what, value) => localStorage.setItem(`dating:${user}:${what}`, JSON.stringify(value));
const lastSwiped = () => remembered('swiped');
const blockedIds = () => remembered('blocked') ?? [];
const blockedMax = 100;
const names = new Map();
const nameOf = (id) => names.get(id) ?? id;

/** Of the last change: a read that is given it sees the change. */
let token = null;
let nextCursor = null;

async function ask(what, body) {
  const answer = await answerOf(`/api/grpc/dating/${what}`, keyed({ user_id: user, ...body }));
  token = answer.token ?? token;
  return answer;
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
  await showAll().catch((error) => tell(error.message, true));
}

const showAll = () => Promise.all([showPurse(), showCandidates(), showMatches(), showUndo(), showBlocked()]);

function showUndo() {
  const id = lastSwiped();
  byId('undo').disabled = id === null;
  byId('undo').textContent = id === null ? 'Undo' : `Undo ${nameOf(id)}`;
}

function showBlocked() {
  const items = blockedIds().map((id) => {
    const item = element('li', '');
    item.append(
      element('b', id),
      ' ',
      button('Unblock', () => unblocked(id)),
    );
    return item;
  });
  byId('blocked').replaceChildren(...items);
  byId('blockedPart').hidden = items.length === 0;
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
    const sum = `${figure(value)} × ${figure(weight)} = ${figure(contribution ?? value * weight)}`;
    return [element('span', name), bar, element('span', sum, 'part')];
  });
}

/** The last lines of the arithmetic: the sum, and what a boost adds to the rank only. */
function sumsOf({ compatibility_score: score, rank_score: rank, boosted }) {
  const lines = [['score', figure(score)]];
  if (boosted) lines.push(['rank', `${figure(score)} + ${figure(rank - score)} = ${figure(rank)}`]);
  return lines.flatMap(([name, sum]) => [element('span', name, 'sum'), element('span', sum, 'sum total')]);
}

async function swiped(candidate, direction, card) {
  const answer = await ask('swipe', { target_user_id: candidate.user_id, direction });
  // What has made a match has had its effect.
  remember('swiped', answer.match_id === null ? candidate.user_id : null);
  card.remove();
  const cost = answer.coins_charged > 0 ? `${whole(answer.coins_charged)} coins` : 'free';
  const name = nameOf(candidate.user_id);
  if (answer.match_id) return `It is a match with ${name}!`;
  return `${direction.toLowerCase().replace('_', ' ')} on ${name}: ${cost}`;
}

const unknownOf = (unknown) => unknown.map(({ factor, why }) => `${factor} is unknown: ${why}`).join('; ');

function cardOf(candidate) {
  const card = byId('card').content.cloneNode(true).firstElementChild;
  const part = (selector) => card.querySelector(selector);
  const { user_id: id, name, age, gender, interests = [], prompts = [], reasons, unknown, factors } = candidate;
  names.set(id, name ?? id);
  part('h3').textContent = [name ?? id, age].filter((known) => known != null).join(', ');
  part('h3').classList.toggle('boosted', candidate.boosted === true);
  part('.by').textContent = [gender, `${candidate.distance_km} km`, interests.join(', ')].filter(Boolean).join(' · ');
  part('.prompts').replaceChildren(
    ...prompts.flatMap((one) => [element('dt', one.question), element('dd', one.answer)]),
  );
  part('.score b').textContent = percent(candidate.compatibility_score);
  part('.score').title = `the sum of the five contributions: ${candidate.compatibility_score}`;
  part('.bars').title = 'rounded to five digits; the whole figures are in the answer of /api/grpc/dating/matches';
  part('.why').replaceChildren(...reasons.map((reason) => element('li', reason)));
  part('.bars').replaceChildren(...barsOf(factors, unknown), ...sumsOf(candidate));
  card.dataset.unknown = unknownOf(unknown);
  part('.unknown').textContent = card.dataset.unknown;
  for (const made of card.querySelectorAll('[data-direction]'))
    made.addEventListener('click', () => pressed(made, () => swiped(candidate, made.dataset.direction, card)));
  card.append(safetyOf(id));
  return card;
}

async function blocked(id) {
  await ask('block', { target_user_id: id });
  remember('blocked', [id, ...blockedIds().filter((one) => one !== id)].slice(0, blockedMax));
  return `${nameOf(id)} is blocked: neither of you sees the other`;
}

async function unblocked(id) {
  await ask('unblock', { target_user_id: id }).catch((error) => {
    if (error.reason !== 'not_blocked') throw error;
  });
  remember(
    'blocked',
    blockedIds().filter((one) => one !== id),
  );
  return `${nameOf(id)} is not blocked by you; a match that the block ended stays ended, and a report holds`;
}

async function reported(id, reason) {
  await ask('report', { target_user_id: id, reason });
  return `${nameOf(id)} is reported: neither of you sees the other, for good`;
}

/** Block and report, which everybody has beside everybody they see. */
function safetyOf(id) {
  const part = byId('safety').content.cloneNode(true).firstElementChild;
  const [block, report] = part.querySelectorAll('button');
  block.addEventListener('click', () => pressed(block, () => blocked(id)));
  report.addEventListener('click', () => pressed(report, () => reported(id, part.querySelector('select').value)));
  return part;
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
  sayOnce();
}

/** What most cards would say of the unknown is said above them, and on a card only where it is something else. */
function sayOnce() {
  const cards = [...byId('candidates').querySelectorAll('[data-unknown]')];
  const counts = new Map();
  for (const { dataset } of cards) counts.set(dataset.unknown, (counts.get(dataset.unknown) ?? 0) + 1);
  const [common, count] = [...counts].sort(([, one], [, other]) => other - one)[0] ?? ['', 0];
  const isShared = common !== '' && count > 1;
  byId('unknown').textContent = isShared ? `Of ${count === cards.length ? 'all' : 'most'} below: ${common}` : '';
  for (const card of cards) {
    const isSaid = isShared && card.dataset.unknown === common;
    card.querySelector('.unknown').textContent = isSaid
      ? ''
      : card.dataset.unknown || (isShared ? 'nothing is unknown' : '');
  }
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
  if (status === 'unlocked') return `the match with ${nameOf(id)} is unlocked`;
  return `held: ${nameOf(id)} has until ${new Date(until).toLocaleString()} to pay too, or you get it back`;
}

function matchItem({ user_id: id, status, matched_at: at, paid_by: paidBy = [], waits_until: waitsUntil }) {
  const item = element('li', '', status === 'locked' ? 'new' : '');
  item.append(
    element('b', nameOf(id)),
    names.has(id) ? ` (${id})` : '',
    ` ${status} · since ${new Date(at).toLocaleString()} `,
  );
  const acts = element('div', '', 'acts');
  const waits = waitsUntil && `until ${new Date(waitsUntil).toLocaleString()}`;
  if (paidBy.includes(user)) item.append(`· you have paid for an unlock together, which waits ${waits}`);
  else if (paidBy.length > 0) item.append(`· ${nameOf(id)} has paid for an unlock together, which waits ${waits}`);
  if (status === 'locked' && !paidBy.includes(user)) {
    acts.append(button('Unlock together, 50 credits + 25 coins each', () => unlock(id, 'both')));
    acts.append(button('At once, 150 credits + 100 coins', () => unlock(id, 'instant')));
  }
  item.append(acts);
  if (status !== 'ended') item.append(safetyOf(id));
  return item;
}

/** Names of those who are still to be seen; each is asked for once. */
async function learnNames(matches) {
  const unnamed = matches.filter(({ user_id: id, status }) => status !== 'ended' && !names.has(id));
  const asked = unnamed.map(async ({ user_id: id }) => {
    const seen = new URLSearchParams({ user_id: id, viewer_id: user });
    const { name } = await answerOf(`/api/dating/profile?${seen}`);
    names.set(id, name);
  });
  // Who is gone meanwhile keeps the id.
  await Promise.allSettled(asked);
}

async function showMatches() {
  const { matches } = await answerOf(`/api/dating/match-history?${query(token ? { token } : {})}`);
  await learnNames(matches);
  const items = matches.map(matchItem);
  byId('matches').replaceChildren(...(items.length > 0 ? items : [element('li', 'none yet', 'none')]));
}

function follow() {
  const live = new Live((state) => {
    byId('state').textContent = state === 'connecting' ? 'not connected, trying again' : state;
  }, window.accessToken);
  live.subscribe(`dating:${user}`, {
    value: () => Promise.all([showMatches(), showPurse()]).catch((error) => tell(error.message, true)),
  });
}

byId('who').elements.user.value = user;
byId('who').hidden = !isDemo;
byId('me').hidden = isDemo;
byId('me').textContent = `You are ${ownName}`;
byId('others').hidden = !isDemo;
byId('undo').addEventListener('click', () =>
  pressed(byId('undo'), async () => {
    const undone = lastSwiped();
    await ask('undo', { target_user_id: undone });
    remember('swiped', null);
    return `taken back: ${nameOf(undone)}`;
  }),
);
byId('boost').addEventListener('click', () =>
  pressed(byId('boost'), async () => {
    const { boosted_until: until } = await ask('boost', {});
    return `shown earlier until ${new Date(until).toLocaleTimeString()}`;
  }),
);
byId('more').addEventListener('click', async () => {
  byId('candidates').append(...(await page(nextCursor)));
  sayOnce();
});
byId('who').addEventListener('submit', (event) => {
  event.preventDefault();
  location.assign(`/dating?userId=${encodeURIComponent(event.target.elements.user.value)}`);
});
/** Without a profile there is nothing to see, and nothing to be seen: what to do about it instead. */
async function begin() {
  const response = await fetch(`/api/dating/profile?${query()}`);
  const isThere = response.status !== 404;
  byId('boost').disabled = !isThere;
  byId('noProfile').hidden = isThere;
  byId('withProfile').hidden = !isThere;
  if (isThere) return showAll().then(follow);
  byId('nobody').textContent = ownName;
  byId('state').textContent = 'no profile';
  return showPurse();
}

begin().catch((error) => {
  tell(error.message, true);
  byId('state').textContent = '';
});

// The wallet's script: balances and statement as they change, buying through the local provider, sending gifts.
import { answerOf, byId, element, keyed } from './dom.js';
import { Live } from './live.js';
import { visitorOf } from './visitor.js';

const { user, name, isDemo } = await visitorOf('wallet', 'test');
const linesShown = 15;
const dayMs = 86_400_000;
const csvLinesMax = 100;
const bar = { width: 720, row: 30, label: 130, plot: 260 };
const whole = (number) => Number(number).toLocaleString('en');
const dollars = (cents) => (cents / 100).toLocaleString('en', { style: 'currency', currency: 'USD' });

const posted = (address, body) => answerOf(address, keyed(body));

function balanceOf(name, amount, className) {
  const box = document.createElement('div');
  if (className) box.className = className;
  box.append(element('b', whole(amount)), element('span', name));
  return box;
}

const units = { COIN: 'coins', CREDIT: 'credits', USD: 'US cents' };

function showBalances({ coins, credits, held, debts, earnings, earnings_debts: owed }) {
  const boxes = [balanceOf('coins', coins), balanceOf('credits', credits)];
  for (const [asset, amount] of Object.entries(earnings)) boxes.push(balanceOf(`${units[asset]} earned`, amount));
  for (const [asset, amount] of Object.entries(held)) boxes.push(balanceOf(`${units[asset]} held`, amount));
  for (const [asset, amount] of [...Object.entries(debts), ...Object.entries(owed)])
    boxes.push(balanceOf(`${units[asset]} owed`, -amount, 'owed'));
  byId('balances').replaceChildren(...boxes);
}

const mine = (account) => account.endsWith(`:${user}`);
/** What one can spend needs no name; a debt is kept below zero, and read as what is owed. */
const pockets = { user: '', creator: 'earned', held: 'held', debt: 'owed', creator_debt: 'owed of earnings' };
const parts = (list) =>
  list
    .filter(({ account }) => mine(account))
    .map(({ account, asset, amount }) => {
      const pocket = account.slice(0, account.indexOf(':'));
      const shown = whole(pocket.endsWith('debt') ? -amount : amount);
      return [shown, units[asset], pockets[pocket]].filter(Boolean).join(' ');
    });

/** One amount under the other. */
function listCell(amounts) {
  const cell = element('td', '', 'number');
  cell.append(...amounts.map((amount) => element('div', amount)));
  return cell;
}

function lineOf({ time, kind, outcome, reason, counterparty_id: other, postings, balances, token, hash }) {
  const row = element('tr', '', outcome);
  const what = outcome === 'accepted' ? kind : `${kind}, ${outcome}${reason ? `: ${reason}` : ''}`;
  const cells = [
    element('td', new Date(time).toLocaleString([], { dateStyle: 'medium', timeStyle: 'medium' })),
    element('td', what.replaceAll('_', ' ')),
    element('td', other ?? ''),
    listCell(parts(postings)),
    listCell(parts(balances)),
  ];
  const place = document.createElement('td');
  place.append(element('code', token.replace('payment_transactions:', '')));
  place.title = `${token}\nlink of the hash chain ${hash}`;
  row.append(...cells, place);
  return row;
}

async function showStatement() {
  const address = `/api/wallets/${encodeURIComponent(user)}/statement`;
  const { entries } = await answerOf(`${address}?limit=${linesShown}`);
  byId('lines').replaceChildren(...entries.map(lineOf));
  byId('csv').href = `${address}.csv?limit=${csvLinesMax}`;
  byId('csv').textContent = `the newest ${csvLinesMax} lines as CSV`;
  byId('shown').textContent = `the newest ${linesShown} lines`;
}

function drawn(name, attributes, text = '') {
  const made = document.createElementNS('http://www.w3.org/2000/svg', name);
  for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
  made.textContent = text;
  return made;
}

/** One chart per asset, each with a scale of its own: a coin is not to be compared with a cent by length. */
async function showRevenue() {
  const { hours } = await answerOf(`/api/revenue?from=${new Date(Date.now() - dayMs).toISOString()}`);
  const charts = new Map();
  for (const { stream, asset, amount, creator_amount: creators } of hours) {
    const streams = charts.get(asset) ?? new Map();
    const sum = streams.get(stream) ?? { amount: 0, creators: 0 };
    streams.set(stream, { amount: sum.amount + amount, creators: sum.creators + creators });
    charts.set(asset, streams);
  }
  const shown = [...charts].flatMap(([asset, streams]) => [element('h4', units[asset]), chartOf(asset, streams)]);
  byId('revenue').replaceChildren(...(shown.length === 0 ? [element('p', 'nothing yet')] : shown));
}

/** Of the whole platform: for analysts and operators, not for everyone who is logged in. */
function hideRevenue() {
  byId('revenue').closest('section').hidden = true;
}

/** A bar per stream: the platform's part, then the creators'. What was taken back later can make a sum negative: no bar. */
function chartOf(asset, streams) {
  const top = Math.max(...[...streams.values()].map(({ amount }) => amount), 1);
  const wide = (amount) => (Math.max(0, amount) / top) * bar.plot;
  const viewBox = `0 0 ${bar.width} ${streams.size * bar.row}`;
  const chart = drawn('svg', { viewBox, role: 'img', 'aria-label': `revenue in ${units[asset]}` });
  [...streams].forEach(([stream, { amount, creators }], i) => {
    const y = i * bar.row;
    const [all, platform] = [wide(amount), wide(amount - creators)];
    const line = { y: y + 7, height: 16 };
    const told = `${whole(amount)}, of it ${whole(creators)} to creators`;
    chart.append(
      drawn('text', { x: 0, y: y + 20 }, stream),
      drawn('rect', { ...line, x: bar.label, width: platform, class: 'platform' }),
      drawn('rect', { ...line, x: bar.label + platform, width: Math.max(0, all - platform), class: 'creators' }),
      drawn('text', { x: bar.label + all + 8, y: y + 20 }, told),
    );
  });
  return chart;
}

async function buy({ product }, button) {
  button.disabled = true;
  try {
    const {
      payment_id: id,
      provider,
      redirect_url: page,
    } = await posted('/api/payments/checkout', { user_id: user, product });
    if (provider !== 'local') location.assign(page);
    else await posted(`/api/payments/local/${id}/complete`, {});
  } catch (error) {
    byId('state').textContent = error.message;
  }
  button.disabled = false;
}

/** As a price list says it: 1,000 coins; Pro plan. */
function nameOf({ kind, buys }) {
  if (kind !== 'plan') return `${whole(buys.amount)} ${units[buys.asset]}`;
  const plan = buys.plan === 'vip' ? 'VIP' : `${buys.plan.charAt(0).toUpperCase()}${buys.plan.slice(1)}`;
  return `${plan} plan, ${whole(buys.credits)} credits`;
}

async function showProducts() {
  const { products, gifts } = await answerOf('/api/products');
  byId('products').replaceChildren(
    ...products.map((product) => {
      const button = element('button', `${nameOf(product)} · ${dollars(product.price)}`);
      button.type = 'button';
      button.addEventListener('click', () => buy(product, button));
      return button;
    }),
  );
  const options = gifts.map(({ gift_type: type, coins }) => {
    const option = element('option', `${type.toLowerCase()} · ${coins} coins`);
    option.value = type;
    return option;
  });
  byId('gift').elements.gift_type.replaceChildren(...options);
}

async function sendGift(event) {
  event.preventDefault();
  const { recipient, gift_type: type, quantity } = event.target.elements;
  const asked = {
    sender_id: user,
    recipient_id: recipient.value,
    gift_type: type.value,
    quantity: Number(quantity.value),
  };
  const answer = byId('answer');
  const sentAt = performance.now();
  try {
    const { coins_spent: spent, creator_share: share } = await posted('/api/grpc/monetization/gift', asked);
    const ms = (performance.now() - sentAt).toFixed(0);
    answer.textContent = `${whole(spent)} coins spent, ${whole(share)} of them to ${recipient.value}; settled in ${ms} ms`;
    answer.className = '';
  } catch (error) {
    answer.textContent = error.message;
    answer.className = 'refused';
  }
}

function follow() {
  const live = new Live((state) => {
    byId('state').textContent = state === 'connecting' ? 'not connected, trying again' : state;
  }, window.accessToken);
  live.subscribe(`wallet:${user}`, {
    value: (wallet) => {
      showBalances(wallet);
      Promise.all([showStatement(), showRevenue().catch(hideRevenue)]).catch((error) => {
        byId('state').textContent = error.message;
      });
    },
  });
}

byId('user').textContent = name;
byId('other').hidden = !isDemo;
byId('other').addEventListener('submit', (event) => {
  event.preventDefault();
  location.assign(`/wallet?${new URLSearchParams({ userId: event.target.elements.userId.value })}`);
});
byId('gift').addEventListener('submit', sendGift);
showProducts().then(follow, (error) => {
  byId('state').textContent = error.message;
});

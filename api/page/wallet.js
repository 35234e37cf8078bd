// The wallet's script: balances and statement as they change, buying through the local provider, sending gifts.
const user = new URLSearchParams(location.search).get('userId') ?? 'test';
const linesShown = 15;
const dayMs = 86_400_000;
const bar = { width: 720, row: 30, label: 190, plot: 330 };
const byId = (id) => document.getElementById(id);
const whole = (number) => Number(number).toLocaleString('en');

async function answerOf(address, options) {
  const response = await fetch(address, options);
  const body = await response.json();
  if (!response.ok) throw new Error(`${body.reason ?? response.status}: ${body.detail ?? ''}`);
  return body;
}

/** Every press of a button is a request of its own; a repeat of it would carry the same key. */
const posted = (address, body) =>
  answerOf(address, {
    method: 'POST',
    headers: { 'content-type': 'application/json', 'idempotency-key': crypto.randomUUID() },
    body: JSON.stringify(body),
  });

function element(name, text, className) {
  const made = document.createElement(name);
  made.textContent = text;
  if (className) made.className = className;
  return made;
}

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
    boxes.push(balanceOf(`${units[asset]} owed`, amount, 'owed'));
  byId('balances').replaceChildren(...boxes);
}

const mine = (account) => account.endsWith(`:${user}`);
const pocket = (account) => account.slice(0, account.indexOf(':')).replace('_', ' ');
const parts = (list) =>
  list
    .filter(({ account }) => mine(account))
    .map(({ account, asset, amount }) => `${pocket(account)} ${whole(amount)} ${units[asset]}`);

function lineOf({ time, kind, outcome, reason, counterparty_id: other, postings, balances, token, hash }) {
  const row = element('tr', '', outcome);
  const what = outcome === 'accepted' ? kind : `${kind}, ${outcome}${reason ? `: ${reason}` : ''}`;
  const cells = [
    element('td', new Date(time).toLocaleTimeString()),
    element('td', what.replaceAll('_', ' ')),
    element('td', other ?? ''),
    element('td', parts(postings).join('\n'), 'number'),
    element('td', parts(balances).join('\n'), 'number'),
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
  byId('csv').href = `${address}.csv?limit=100`;
}

function drawn(name, attributes, text = '') {
  const made = document.createElementNS('http://www.w3.org/2000/svg', name);
  for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
  made.textContent = text;
  return made;
}

/** One bar per stream and asset: the platform's part, then the creators'. */
async function showRevenue() {
  const { hours } = await answerOf(`/api/revenue?from=${new Date(Date.now() - dayMs).toISOString()}`);
  const sums = new Map();
  for (const { stream, asset, amount, creator_amount: creators } of hours) {
    const sum = sums.get(`${stream}, ${units[asset]}`) ?? { amount: 0, creators: 0 };
    sums.set(`${stream}, ${units[asset]}`, { amount: sum.amount + amount, creators: sum.creators + creators });
  }
  if (sums.size === 0) return byId('revenue').replaceChildren(element('p', 'nothing yet'));
  const top = Math.max(...[...sums.values()].map(({ amount }) => amount), 1);
  const chart = drawn('svg', {
    viewBox: `0 0 ${bar.width} ${sums.size * bar.row}`,
    role: 'img',
    'aria-label': 'revenue',
  });
  [...sums].forEach(([name, { amount, creators }], i) => {
    const y = i * bar.row;
    const [all, platform] = [(amount / top) * bar.plot, ((amount - creators) / top) * bar.plot];
    chart.append(drawn('text', { x: 0, y: y + 20 }, name));
    chart.append(drawn('rect', { x: bar.label, y: y + 7, width: platform, height: 16, class: 'platform' }));
    chart.append(
      drawn('rect', { x: bar.label + platform, y: y + 7, width: all - platform, height: 16, class: 'creators' }),
    );
    const told = `${whole(amount)}, of it ${whole(creators)} to creators`;
    chart.append(drawn('text', { x: bar.label + all + 8, y: y + 20 }, told));
  });
  byId('revenue').replaceChildren(chart);
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

async function showProducts() {
  const { products, gifts } = await answerOf('/api/products');
  byId('products').replaceChildren(
    ...products.map((product) => {
      const button = element('button', `${product.product.replace('_', ' ')} · $${(product.price / 100).toFixed(2)}`);
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
  const socket = new WebSocket(`${location.origin.replace('http', 'ws')}/ws`);
  socket.addEventListener('open', () => socket.send(JSON.stringify({ type: 'subscribe', channel: `wallet:${user}` })));
  socket.addEventListener('message', ({ data }) => {
    const { type, snapshot, data: changed } = JSON.parse(data);
    if (type !== 'subscribed' && type !== 'update') return;
    showBalances(snapshot ?? changed);
    byId('state').textContent = 'live';
    Promise.all([showStatement(), showRevenue()]).catch((error) => {
      byId('state').textContent = error.message;
    });
  });
  socket.addEventListener('close', () => {
    byId('state').textContent = 'not connected, trying again';
    setTimeout(follow, 1_000);
  });
}

byId('user').textContent = user;
byId('gift').addEventListener('submit', sendGift);
showProducts().then(follow, (error) => {
  byId('state').textContent = error.message;
});

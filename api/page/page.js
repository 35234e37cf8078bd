// The front page's script: shows the visitor's feed and the health, and follows both as they change.
import { answerOf, byId, element, sending } from './dom.js';
import { Live } from './live.js';
import { visitorOf } from './visitor.js';

const { user, name, isDemo } = await visitorOf('feed', 'test');

function showFeed({ videos }) {
  byId('feed').replaceChildren(...videos.map(itemOf));
  byId('state').textContent = videos.length === 0 ? 'nothing published yet' : `live, ${videos.length} videos`;
}

function itemOf(video) {
  const item = byId('item').content.cloneNode(true);
  const part = (selector) => item.querySelector(selector);
  part('.score b').textContent = (video.final_score * 100).toFixed(0);
  part('.score i').textContent = `${(video.confidence * 100).toFixed(0)} % sure`;
  part('h3').textContent = video.title || video.video_id;
  part('.by').textContent = `${video.video_id} by ${video.creator_id}`;
  part('.why').replaceChildren(...video.explanation.map((reason) => element('li', reason)));
  part('.factors').replaceChildren(...Object.entries(video.factors ?? {}).map(factorOf));
  part('.receipt').hidden = !video.receipt_id;
  part('.receipt').href = `/api/grpc/xai/explain/${video.receipt_id}`;
  part('[name=watch]').addEventListener('click', (event) => act(event.target, () => watch(video.video_id)));
  part('[name=less]').addEventListener('click', (event) => act(event.target, () => less(video.video_id)));
  return item;
}

function factorOf([name, factor]) {
  const label = element('label', name.replaceAll('_', ' '));
  const meter = document.createElement('meter');
  meter.value = factor.value;
  const sum = `${factor.weight.toFixed(2)} × ${factor.value.toFixed(2)} = ${factor.contribution.toFixed(3)}`;
  label.append(meter, element('span', sum));
  return label;
}

/** Posts and shows the feed that has seen it; a button that failed can be pressed again. */
async function act(button, post) {
  button.disabled = true;
  try {
    const { token } = await post();
    showFeed(await answerOf(`/api/demo/feed?${new URLSearchParams({ userId: user, token })}`));
  } catch (error) {
    byId('state').textContent = error.message;
    button.disabled = false;
  }
}

const posted = (address, event) => answerOf(address, sending('POST', { userId: user, ...event }));

const watch = (videoId) => posted('/api/demo/track-view', { videoId, watchDurationMs: 15_000 });

async function less(videoId) {
  const event = await posted('/api/events', { videoId, action: 'not_interested', reason: 'topic' });
  const question = new URLSearchParams({ user_id: user, token: event.token });
  const { sentence } = await answerOf(`/api/feedback/${event.event_id}/effect?${question}`);
  byId('effect').textContent = sentence;
  return event;
}

async function showHealth() {
  try {
    // Also where something is down it is told what.
    const { dependencies } = await (await fetch('/api/health')).json();
    const shown = Object.entries(dependencies).map(([name, { status, latency_ms: ms, reason }]) => {
      const entry = element('span', `${name} ${status === 'ok' ? `${ms} ms` : status}`, status);
      entry.title = reason ?? '';
      return entry;
    });
    byId('health').replaceChildren(...shown);
  } catch (error) {
    byId('health').replaceChildren(element('span', `api: ${error.message}`, 'down'));
  }
}

function follow() {
  const live = new Live((state) => {
    if (state !== 'live') byId('state').textContent = state === 'connecting' ? 'connection lost, trying again' : state;
  }, window.accessToken);
  live.subscribe(`feed:${user}`, { value: showFeed });
}

byId('user').textContent = name;
// A link carries no token: in a browser these open for those who need none.
byId('operators').hidden = !isDemo;
follow();
showHealth();
setInterval(showHealth, 10_000);

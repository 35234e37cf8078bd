// The experiments' script: one chart per metric, a bar per variant with its 95 % interval, renewed every few seconds.
import { answerOf, byId, element } from './dom.js';
import { isLetIn } from './visitor.js';

const refreshMs = 5_000;
const listMax = 20;
const size = { width: 720, row: 34, label: 110, plot: 330 };
const svgNames = 'http://www.w3.org/2000/svg';

function drawn(name, attributes, text = '') {
  const made = document.createElementNS(svgNames, name);
  for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
  made.textContent = text;
  return made;
}

const words = (name) => name.replaceAll('_', ' ');

function shown(value) {
  if (value === null || value === undefined) return '–';
  return Math.abs(value) >= 100 ? Math.round(value).toLocaleString('en') : String(Number(value.toPrecision(3)));
}

function differenceText({ absolute, low, high }) {
  const difference = `${absolute > 0 ? '+' : ''}${shown(absolute)}`;
  return low === null ? difference : `${difference} (${shown(low)} to ${shown(high)})`;
}

/** Whether the interval of the difference leaves zero out. */
const isClear = (difference) => difference?.low !== null && difference?.low * difference?.high > 0;

function chartOf(metric, variants) {
  const figures = variants.map((variant) => ({
    variant: variant.variant,
    ...variant.metrics.find((each) => each.metric === metric),
  }));
  const top = Math.max(...figures.flatMap(({ mean, high }) => [mean ?? 0, high ?? 0]), Number.MIN_VALUE);
  const x = (value) => size.label + (Math.max(0, value) / top) * size.plot;
  const height = figures.length * size.row;
  const chart = drawn('svg', { viewBox: `0 0 ${size.width} ${height}`, role: 'img', 'aria-label': words(metric) });
  figures.forEach(({ variant, mean, low, high, difference }, i) => {
    const middle = i * size.row + size.row / 2;
    chart.append(drawn('text', { x: 0, y: middle + 5 }, variant));
    chart.append(
      drawn('rect', { x: x(0), y: middle - 8, width: x(mean ?? 0) - x(0), height: 16, rx: 3, class: `v${i}` }),
    );
    if (low !== null) {
      const path = `M${x(low)} ${middle - 6}v12M${x(low)} ${middle}H${x(high)}M${x(high)} ${middle - 6}v12`;
      chart.append(drawn('path', { d: path, class: 'interval' }));
    }
    const at = size.label + size.plot + 14;
    chart.append(drawn('text', { x: at, y: middle + 5, class: 'mean' }, shown(mean)));
    if (difference)
      chart.append(
        drawn(
          'text',
          { x: at + 62, y: middle + 5, class: isClear(difference) ? 'clear' : 'unclear' },
          differenceText(difference),
        ),
      );
  });
  const figure = document.createElement('figure');
  figure.append(element('figcaption', words(metric)), chart);
  return figure;
}

function show(result) {
  const { variants, shares } = result;
  byId('name').textContent = result.experiment_id;
  byId('state').textContent = result.status;
  byId('about').hidden = false;
  byId('about').textContent = [result.why, result.conclusion].filter(Boolean).join(' — ');
  byId('ratio').textContent = result.sample_ratio_meaning;
  byId('ratio').className = result.sample_ratio_mismatch ? 'mismatch' : '';
  byId('users').replaceChildren(
    ...variants.map(({ variant, users }, i) =>
      element(
        'li',
        `${variant}: ${users.toLocaleString('en')} users, ${(shares[variant] * 100).toFixed(2)} % planned`,
        `v${i}`,
      ),
    ),
  );
  byId('metrics').replaceChildren(...(variants[0]?.metrics ?? []).map(({ metric }) => chartOf(metric, variants)));
}

function linkTo({ experiment_id: id, status }) {
  const link = element('a', `${id} · ${status}`);
  link.href = `/experiments?id=${encodeURIComponent(id)}`;
  return link;
}

function showNone() {
  byId('name').textContent = 'No experiment was ever started';
  byId('about').hidden = false;
  byId('state').textContent = '';
}

async function refresh() {
  try {
    const { experiments } = await answerOf(`/api/experiments?limit=${listMax}`);
    byId('experiments').replaceChildren(...experiments.map(linkTo));
    const id = new URLSearchParams(location.search).get('id') ?? experiments[0]?.experiment_id;
    if (id) show(await answerOf(`/api/experiments/${encodeURIComponent(id)}`));
    else showNone();
  } catch (error) {
    byId('state').textContent = `not readable: ${error.message}`;
  }
  setTimeout(refresh, refreshMs);
}

if ((await isLetIn('experiments, as an analyst')).isIn) refresh();

'use strict';
// Errors are marked on the page, so that a test can see them.
const errors = [];
const note = (text) => { errors.push(String(text)); document.documentElement.dataset.errors = errors.join(' | '); };
window.addEventListener('error', (e) => note(e.message));
window.addEventListener('unhandledrejection', (e) => note(e.reason));

// Colours that people who see few colours tell apart (Okabe and Ito, and Tol's wine), a stage the same one everywhere.
const STAGES = {
  plan: '#999999', queue: '#44AA99', fetch: '#0072B2', decode: '#56B4E9', derive: '#882255', upload: '#E69F00', kernel: '#D55E00',
  readback: '#CC79A7', merge: '#009E73', write: '#F0E442', other: '#6e6e6e',
};
const LINES = ['#0072B2', '#D55E00', '#009E73', '#CC79A7', '#E69F00', '#56B4E9', '#999999'];
const DASHES = [[], [6, 4], [2, 3], [10, 4, 2, 4]];
const SHAPES = ['circle', 'rect', 'triangle', 'rectRot', 'cross', 'star'];

const digits = (v) => (v === 0 ? '0' : Number(v.toPrecision(3)).toLocaleString('en', { maximumSignificantDigits: 3 }));
const many = (v) => (v >= 1e9 ? digits(v / 1e9) + ' G' : v >= 1e6 ? digits(v / 1e6) + ' M' : v >= 1e3 ? digits(v / 1e3) + ' k' : digits(v));
const css = (name) => getComputedStyle(document.documentElement).getPropertyValue(name).trim();

// Totals beside bars, and what a crossing is, so that no axis has to be read for them.
const labels = {
  id: 'labels',
  afterDatasetsDraw(chart, _, { kind, mark }) {
    const { ctx, chartArea } = chart;
    ctx.save();
    ctx.font = '12px system-ui, sans-serif';
    ctx.fillStyle = css('--text');
    ctx.textBaseline = 'middle';
    if (kind === 'stacked' || kind === 'bars') {
      const sets = chart.data.datasets;
      chart.data.labels.forEach((_, i) => {
        const tell = (value, element) => {
          const text = value < 1000 ? value.toPrecision(3) : digits(value);
          const beyond = element.x + 6 + ctx.measureText(text).width > chart.width;
          ctx.textAlign = beyond ? 'right' : 'left';
          ctx.fillText(text, element.x + (beyond ? -4 : 4), element.y);
        };
        if (kind === 'bars') {
          sets.forEach((set, s) => tell(set.data[i], chart.getDatasetMeta(s).data[i]));
        } else {
          const shown = sets.map((set, s) => (chart.isDatasetVisible(s) ? set.data[i] : 0));
          const total = shown.reduce((a, b) => a + b, 0);
          const x = chart.scales.x.getPixelForValue(total);
          tell(total, { x, y: chart.getDatasetMeta(0).data[i].y });
        }
      });
    }
    if (mark) {
      const [x, y, text] = [chart.scales.x.getPixelForValue(mark[0]), chart.scales.y.getPixelForValue(mark[1]), mark[2]];
      ctx.strokeStyle = ctx.fillStyle;
      ctx.lineWidth = 2;
      ctx.setLineDash([3, 3]);
      ctx.beginPath(); ctx.moveTo(x, chartArea.top); ctx.lineTo(x, chartArea.bottom); ctx.stroke();
      ctx.setLineDash([]);
      ctx.beginPath(); ctx.arc(x, y, 6, 0, 7); ctx.stroke();
      const said = `${text} ${many(mark[0])} an hour`;
      ctx.textAlign = 'left';
      // Beside the line, and within the picture.
      const begin = Math.max(chartArea.left + 4, Math.min(x + 10, chartArea.right - ctx.measureText(said).width - 4));
      ctx.fillText(said, begin, chartArea.top + 12);
    }
    ctx.restore();
  },
};

function draw(spec) {
  const canvas = document.getElementById(spec.id);
  const isBar = spec.kind === 'stacked' || spec.kind === 'bars';
  const box = canvas.parentElement;
  if (isBar) box.style.height = `${64 + Number(box.dataset.bars) * 28}px`;
  const axis = (title, more) => ({
    title: { display: Boolean(title), text: title, color: css('--soft') },
    ticks: { color: css('--soft') }, grid: { color: css('--line') }, ...more,
  });
  const log = (title) => axis(title, {
    type: 'logarithmic',
    // Lines only where there are numbers.
    grid: { color: ({ tick }) => (tick?.label ? css('--line') : 'transparent') },
    ticks: {
      color: css('--soft'), autoSkip: false, maxRotation: 0,
      callback(v) {
        const lead = Number(v.toExponential()[0]);
        // Tens where there are many of them, else what lies between as well.
        const shown = this.max / this.min > 100 ? [1] : [1, 2, 5];
        return shown.includes(lead) && v / 10 ** Math.floor(Math.log10(v) + 1e-9) - lead < 0.01 ? many(v) : '';
      },
    },
  });
  // Numbers of one order of magnitude say most from zero on.
  const scale = (title, place) => {
    const all = spec.series.flatMap((series) => series.points.map((point) => point[place]));
    const near = Math.max(...all) < 10 * Math.min(...all);
    return near ? axis(title, { type: 'linear', beginAtZero: true, ticks: { color: css('--soft'), maxRotation: 0, callback: many } }) : log(title);
  };
  const datasets = spec.series.map((series, i) => {
    const colour = STAGES[spec.kind === 'stacked' ? series.name : ''] ?? LINES[(isBar ? i : series.colour) % LINES.length];
    return isBar
      ? { label: series.name, data: series.values, backgroundColor: colour, borderColor: css('--back'), borderWidth: spec.kind === 'stacked' ? 1 : 0, maxBarThickness: 22 }
      : {
        label: series.name, data: series.points.map(([x, y]) => ({ x, y })), borderColor: colour, backgroundColor: colour,
        borderDash: DASHES[i % DASHES.length], borderWidth: 2, stepped: spec.kind === 'stairs' ? 'before' : false,
        pointStyle: SHAPES[i % SHAPES.length], pointRadius: spec.kind === 'stairs' ? 0 : 5, pointHitRadius: 8,
      };
  });
  const chart = new Chart(canvas, {
    type: isBar ? 'bar' : 'line',
    data: { labels: isBar ? spec.labels : undefined, datasets },
    plugins: [labels],
    options: {
      animation: false, responsive: true, maintainAspectRatio: false, indexAxis: isBar ? 'y' : 'x',
      layout: { padding: { right: isBar ? 48 : 12 } },
      interaction: { mode: isBar ? 'index' : 'nearest', axis: isBar ? 'y' : 'x', intersect: false },
      scales: isBar
        ? { x: axis(spec.x, { stacked: spec.kind === 'stacked', beginAtZero: true, suggestedMax: spec.end ?? undefined }), y: axis(spec.y, { stacked: spec.kind === 'stacked', ticks: { color: css('--text') }, grid: { display: false } }) }
        : { x: scale(spec.x, 0), y: scale(spec.y, 1) },
      plugins: {
        legend: { display: datasets.length > 1 && spec.kind !== 'stacked', position: 'top', align: 'start', labels: { color: css('--text'), boxWidth: 14, boxHeight: 10, usePointStyle: !isBar } },
        tooltip: { callbacks: { label: (item) => `${item.dataset.label}: ${isBar ? digits(item.raw) : many(item.raw.y)}` } },
        labels: { kind: spec.kind, mark: spec.mark },
      },
    },
  });
  const marks = chart.data.datasets.reduce((sum, _, i) => sum + chart.getDatasetMeta(i).data.length, 0);
  const pixels = canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height).data;
  let painted = 0;
  for (let i = 3; i < pixels.length; i += 4) if (pixels[i]) painted += 1;
  canvas.dataset.drawn = `${marks} marks, ${painted} pixels`;
  return chart;
}

function sortable(table) {
  const heads = [...table.tHead.rows[0].cells];
  heads.forEach((head, column) => head.firstElementChild.addEventListener('click', () => {
    const up = head.getAttribute('aria-sort') !== 'ascending';
    heads.forEach((h) => h.setAttribute('aria-sort', h === head ? (up ? 'ascending' : 'descending') : 'none'));
    const key = (row) => {
      const { value } = row.cells[column].dataset;
      return value === undefined ? row.cells[column].textContent : Number(value);
    };
    const order = (a, b) => {
      const [x, y] = [key(a), key(b)];
      if (typeof x === 'number' && typeof y === 'number') return up ? x - y : y - x;
      // What has no number comes last, whichever way.
      if (typeof x !== typeof y) return typeof x === 'number' ? -1 : 1;
      return up ? x.localeCompare(y) : y.localeCompare(x);
    };
    table.tBodies[0].append(...[...table.tBodies[0].rows].sort(order));
  }));
}

// One legend for all bars of stages, in the order of the work.
function legend(specs) {
  const box = document.getElementById('legend');
  const used = new Set(specs.filter((s) => s.kind === 'stacked').flatMap((s) => s.series.map((one) => one.name)));
  box?.replaceChildren(...Object.keys(STAGES).filter((name) => used.has(name)).map((name) => {
    const [item, colour] = [document.createElement('li'), document.createElement('i')];
    colour.style.background = STAGES[name];
    item.append(colour, name);
    return item;
  }));
}

let charts = [];
function drawAll() {
  charts.forEach((chart) => chart.destroy());
  Chart.defaults.font.family = 'system-ui, sans-serif';
  const specs = JSON.parse(document.getElementById('data').textContent);
  try { legend(specs); } catch (e) { note(`legend: ${e}`); }
  charts = specs.map((spec) => {
    try { return draw(spec); } catch (e) { note(`${spec.id}: ${e}`); return null; }
  }).filter(Boolean);
}
document.querySelectorAll('table.sortable').forEach(sortable);
drawAll();
// The colours are the theme's.
matchMedia('(prefers-color-scheme: dark)').addEventListener('change', drawAll);
document.documentElement.dataset.ready = 'yes';

// The four plots, drawn by Chart.js. Colours come from the style sheet, so that light and dark are decided in one place.
const plots = {};

const colourOf = name => getComputedStyle(document.documentElement).getPropertyValue(`--${name}`).trim();

const axis = (more = {}) => ({
  grid: {color: colourOf('line'), borderColor: colourOf('line'), tickColor: colourOf('line')},
  ...more, ticks: {color: colourOf('muted'), maxRotation: 0, maxTicksLimit: 5, ...more.ticks},
});
const ageAxis = () => axis({type: 'linear', min: -WINDOW_SECONDS, max: 0,
  ticks: {stepSize: 30, callback: age => age === 0 ? 'now' : `${-age} s ago`}});

// A line over the window; `names` are the CSS variables of the colours and the texts of the legend.
const lines = (id, names, {filled = false, stacked = false, dashes = [], legend = names.length > 1} = {}) => new Chart(byId(id), {
  type: 'line',
  data: {datasets: names.map(([colour, label], i) => ({
    label, data: [], borderColor: colourOf(colour), backgroundColor: filled ? colourOf(colour) + '66' : colourOf(colour), fill: stacked ? 'stack' : filled,
    pointRadius: 0, borderWidth: 1.5, borderDash: dashes[i] || [], spanGaps: false}))},
  options: {
    parsing: false, interaction: {mode: 'nearest', axis: 'x', intersect: false},
    scales: {x: ageAxis(), y: axis({min: 0, stacked, grace: '5%'})},
    plugins: {legend: {display: legend, position: 'bottom', labels: {boxWidth: 16, boxHeight: 2, color: colourOf('ink')}},
      tooltip: {callbacks: {title: () => '', label: c => `${c.dataset.label}: ${figure(c.parsed.y)}`}}},
  },
});

const bars = id => new Chart(byId(id), {
  type: 'bar', data: {labels: [], datasets: [{data: [], backgroundColor: colourOf('accent'), maxBarThickness: 40}]},
  options: {
    scales: {x: axis({grid: {display: false}}), y: axis({min: 0, ticks: {callback: v => `${v} %`}})},
    plugins: {legend: {display: false}, tooltip: {callbacks: {label: c => `${figure(c.parsed.y)} % of batches`}}},
  },
});

const makePlots = () => {
  for (const plot of Object.values(plots)) plot.destroy();
  Object.assign(Chart.defaults, {animation: false, responsive: true, maintainAspectRatio: false, color: colourOf('ink')});
  Chart.defaults.font.family = getComputedStyle(document.body).fontFamily;
  plots.throughput = lines('throughput', OUTCOMES.map(name => [name, name]), {filled: true, stacked: true});
  plots.latency = lines('latency', [['accent', 'p50'], ['expired', 'p95'], ['failed', 'p99']], {dashes: [[], [6, 3], [2, 2]]});
  plots.queue = lines('queue', [['accent', 'waiting']], {filled: true});
  plots.batches = bars('batches');
};

// Cumulative buckets to the share of each that is not empty, named by the rows it holds: [["1", 20], ["3–4", 80]].
const batchShares = buckets => {
  const bounds = [...buckets.keys()].sort((a, b) => a - b);
  const total = bounds.length ? buckets.get(bounds[bounds.length - 1]) : 0;
  const shares = bounds.map((bound, i) => {
    const low = (i ? bounds[i - 1] : 0) + 1;
    const name = bound === Infinity ? `${low}+` : low === bound ? `${bound}` : `${low}–${bound}`;
    return [name, 100 * (buckets.get(bound) - (i ? buckets.get(bounds[i - 1]) : 0)) / total];
  });
  return total > 0 ? shares.slice(0, 1 + shares.findLastIndex(([, share]) => share > 0)) : [];
};

const drawPlots = (history, model) => {
  const series = history.series(model);
  const set = (plot, values) => {
    values.forEach((value, i) => { plot.data.datasets[i].data = series.map(point => ({x: point.age, y: value(point)})); });
    plot.update();
  };
  set(plots.throughput, OUTCOMES.map(name => point => point.rates[name]));
  set(plots.latency, [0, 1, 2].map(i => point => point.percentiles[i]));
  set(plots.queue, [point => point.queued]);
  const shares = batchShares(history.window(model).batch);
  plots.batches.data.labels = shares.map(([name]) => name);
  plots.batches.data.datasets[0].data = shares.map(([, share]) => share);
  plots.batches.update();
};

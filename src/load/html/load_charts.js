// The plots of a load test's page, drawn by Chart.js from the results that the page carries. Names go to canvases as text, never into markup.
(() => {
  'use strict';

  const report = JSON.parse(document.getElementById('report').textContent);
  const results = report.results.filter(r => r.latency_ms !== null);
  const charts = [];
  const dashes = {'p50': [], 'p90': [7, 4], 'p99': [2, 3], 'p99.9': [9, 3, 2, 3]};
  const shapes = ['circle', 'rect', 'triangle', 'rectRot', 'star'];

  const figure = x => Number.isFinite(x) ? String(+x.toPrecision(3)) : '–';
  const nameOf = r => (r.mode === 'open' ? `${figure(r.rate_per_s)}/s` : `${r.concurrency} at a time`) + `, batch ${r.batch}`;

  // Colours come from the style sheet, so that light, dark and print are decided in one place.
  const readTheme = () => {
    const style = getComputedStyle(document.documentElement);
    const colour = name => style.getPropertyValue(name).trim();
    return {ink: colour('--ink'), muted: colour('--muted'), line: colour('--line'), series: [1, 2, 3, 4, 5, 6, 7, 8].map(i => colour('--plot-' + i))};
  };
  const axis = (theme, title, more = {}) => ({
    type: 'linear', title: {display: true, text: title, color: theme.muted}, grid: {color: theme.line}, ticks: {color: theme.muted, maxRotation: 0}, ...more,
  });
  const latencyAxis = (theme, values) => {
    const low = Math.min(...values), high = Math.max(...values);
    const logarithmic = low > 0 && high / low > 8;  // a linear axis would squeeze the fast ones
    return axis(theme, logarithmic ? 'latency, ms (logarithmic)' : 'latency, ms', logarithmic ? {type: 'logarithmic'} : {beginAtZero: true});
  };
  const draw = (id, theme, datasets, x, label) => {
    const canvas = document.getElementById(id);
    if (!canvas || !datasets.length) return;
    charts.push(new Chart(canvas, {
      type: 'line', data: {datasets},
      options: {
        parsing: false,
        interaction: {mode: 'nearest', axis: 'xy', intersect: false},
        scales: {x: axis(theme, x), y: latencyAxis(theme, datasets.flatMap(d => d.data.map(p => p.y)).filter(y => y > 0))},
        plugins: {
          legend: {position: 'bottom', labels: {color: theme.ink, usePointStyle: true, filter: item => !datasets[item.datasetIndex].unnamed}},
          tooltip: {callbacks: {title: () => '', label}},
        },
      },
    }));
  };

  const tradeOff = theme => {
    const sorted = [...results].sort((a, b) => a.rows_per_s - b.rows_per_s);
    const datasets = Object.keys(dashes).map((name, i) => ({
      label: name, data: sorted.map(r => ({x: r.rows_per_s, y: r.latency_ms[name], load: nameOf(r)})), borderColor: theme.series[i],
      backgroundColor: theme.series[i], borderDash: dashes[name], pointStyle: shapes[i], pointRadius: 5, borderWidth: 2,
    }));
    draw('trade-off', theme, sorted.length ? datasets : [], 'throughput, rows/s',
      c => `${c.raw.load}: ${c.dataset.label} ${figure(c.parsed.y)} ms at ${figure(c.parsed.x)} rows/s`);
  };

  const overTime = theme => {
    const line = (r, i, field, dash, unnamed) => ({
      label: nameOf(r), unnamed, what: field === 'p99_ms' ? 'p99' : 'median',
      data: r.windows.filter(w => w.requests > 0).map(w => ({x: w.at_s + w.seconds / 2, y: w[field]})),
      borderColor: theme.series[i % theme.series.length], backgroundColor: theme.series[i % theme.series.length], borderDash: dash,
      pointStyle: shapes[i % shapes.length], pointRadius: 3, borderWidth: 2,
    });
    const datasets = results.flatMap((r, i) => [line(r, i, 'median_ms', [], false), line(r, i, 'p99_ms', [5, 4], true)]);
    draw('over-time', theme, datasets, 'seconds after the warm-up', c => `${c.dataset.label}: ${c.dataset.what} ${figure(c.parsed.y)} ms`);
  };

  const redraw = () => {
    charts.splice(0).forEach(chart => chart.destroy());
    const theme = readTheme();
    Object.assign(Chart.defaults, {animation: false, responsive: true, maintainAspectRatio: false, color: theme.ink});
    Chart.defaults.font.family = getComputedStyle(document.body).fontFamily;
    for (const plot of [tradeOff, overTime]) plot(theme);
  };

  redraw();
  for (const query of ['print', '(prefers-color-scheme: dark)']) matchMedia(query).addEventListener('change', redraw);
})();

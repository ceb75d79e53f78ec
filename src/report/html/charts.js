// The plots of report.html, drawn by Chart.js from the report that the page carries. Names go to canvases as text, never into markup.
(() => {
  'use strict';

  const report = JSON.parse(document.getElementById('report').textContent);
  const number = value => value === 'inf' ? Infinity : value === '-inf' ? -Infinity : value === null ? NaN : value;
  const measured = report.variants.filter(v => v.error === null);
  const hasLabels = measured.some(v => v.accuracy.top1 !== null);
  const charts = [];

  // Three significant digits, as in the tables.
  const figure = x => {
    if (!Number.isFinite(x)) return '–';
    if (Math.abs(x) < 5e-7) return '0';
    const decimals = Math.min(6, Math.max(0, 2 - Math.floor(Math.log10(Math.abs(x)))));
    return x.toFixed(decimals);
  };
  const seconds = x => x > 0 && x < 0.005 ? '<0.01' : Number.isFinite(x) ? x.toFixed(x < 10 ? 2 : 1) : '–';
  const shorten = (text, length) => text.length > length ? text.slice(0, length - 1) + '…' : text;

  // Colours come from the style sheet, so that light, dark and print are decided in one place.
  const readTheme = () => {
    const style = getComputedStyle(document.documentElement);
    const colour = name => style.getPropertyValue(name).trim();
    return {
      ink: colour('--ink'), muted: colour('--muted'), line: colour('--line'), page: colour('--page'),
      accent: colour('--accent'), warning: colour('--warning'),
      series: [1, 2, 3, 4, 5, 6, 7, 8].map(i => colour('--plot-' + i)),
      font: getComputedStyle(document.body).fontFamily,
    };
  };

  // Versions are told apart by colour, by the shape of the point and by the dashes of the line.
  const shapes = ['circle', 'rect', 'triangle', 'rectRot', 'star', 'crossRot', 'rectRounded', 'cross'];
  const dashes = [[], [7, 4], [2, 3], [9, 3, 2, 3]];
  const look = (theme, index) => {
    const colour = theme.series[index % theme.series.length];
    const shift = index + Math.floor(index / theme.series.length);  // a colour that comes again comes with another shape and dash
    return {borderColor: colour, backgroundColor: colour, pointStyle: shapes[shift % shapes.length], borderDash: dashes[shift % dashes.length]};
  };
  const widthOf = id => document.getElementById(id)?.parentElement.clientWidth ?? 0;
  const isNarrow = id => widthOf(id) < 420;

  const axis = (theme, title, more = {}) => {
    const {ticks, ...rest} = more;
    return {
      title: {display: true, text: title, color: theme.muted},
      grid: {color: theme.line, borderColor: theme.line, tickColor: theme.line},
      ticks: {color: theme.muted, maxRotation: 0, ...ticks},
      ...rest,
    };
  };
  // Round numbers inside [low, high]: about `count` of them on a linear scale, those of a 1-2-3-5-7 series on a logarithmic one.
  const niceStep = (span, count) => {
    const magnitude = 10 ** Math.floor(Math.log10(span / count));
    return magnitude * [1, 2, 2.5, 5, 10].find(m => magnitude * m * count >= span);
  };
  const linearTicks = (low, high, count) => {
    const step = niceStep(high - low, count);
    const ticks = [];
    for (let i = Math.ceil(low / step); i * step <= high; ++i) ticks.push({value: i * step});
    return ticks;
  };
  const logarithmicTicks = (low, high) => {
    const series = high / low > 400 ? [1] : high / low > 15 ? [1, 2, 5] : [1, 1.5, 2, 3, 5, 7];
    const ticks = [];
    for (let exponent = Math.floor(Math.log10(low)); 10 ** exponent <= high; ++exponent)
      for (const m of series) if (m * 10 ** exponent >= low && m * 10 ** exponent <= high) ticks.push({value: m * 10 ** exponent});
    return ticks;
  };
  const plain = v => String(+v.toPrecision(4));
  // Milliseconds: logarithmic as soon as the versions differ so much that a linear axis would squeeze the fast ones.
  const latencyAxis = (theme, title, low, high) => {
    const logarithmic = high / low > 8;
    return axis(theme, logarithmic ? title + ' (logarithmic)' : title, {
      type: logarithmic ? 'logarithmic' : 'linear', min: low, max: high, ticks: {autoSkip: false, callback: plain},
      afterBuildTicks: scale => { scale.ticks = logarithmic ? logarithmicTicks(low, high) : linearTicks(low, high, 6); },
    });
  };

  // A legend below the plot, which gets the height that the legend takes.
  const legend = (theme, id, names, sample) => {
    const perRow = Math.max(1, Math.floor(widthOf(id) / 190));
    const frame = document.getElementById(id)?.parentElement;
    if (frame) frame.style.height = `${(isNarrow(id) ? 272 : 320) + 24 * (Math.ceil(names.length / perRow) - 1)}px`;
    return {
      position: 'bottom',
      labels: {color: theme.ink, usePointStyle: true, ...sample,
        generateLabels: chart => Chart.defaults.plugins.legend.labels.generateLabels(chart).map(l =>
          ({...l, text: shorten(l.text, 26), lineDash: chart.data.datasets[l.datasetIndex].borderDash, ...sample.each}))},
    };
  };

  const draw = (id, config) => {
    const canvas = document.getElementById(id);
    if (canvas) charts.push(new Chart(canvas, config));
  };

  // Whiskers from the fastest run to p90, and each point's name beside it where it is free of the others.
  const pointNames = (theme, isNamed) => ({
    id: 'pointNames',
    beforeDatasetsDraw(chart) {
      const {ctx, scales: {x}} = chart;
      chart.data.datasets.forEach((dataset, i) => {
        const point = chart.getDatasetMeta(i).data[0];
        ctx.save();
        ctx.strokeStyle = dataset.borderColor;
        ctx.globalAlpha = 0.6;
        ctx.lineWidth = 1.5;
        ctx.beginPath();
        ctx.moveTo(x.getPixelForValue(dataset.spread[0]), point.y);
        ctx.lineTo(Math.min(x.getPixelForValue(dataset.spread[1]), chart.chartArea.right), point.y);
        ctx.stroke();
        ctx.restore();
      });
    },
    afterDatasetsDraw(chart) {
      const {ctx, chartArea: area} = chart;
      ctx.save();
      ctx.fillStyle = theme.ink;
      ctx.textBaseline = 'middle';
      const taken = chart.data.datasets.map((_, i) => chart.getDatasetMeta(i).data[0]).map(p => ({x: p.x - 7, y: p.y - 7, w: 14, h: 14}));
      chart.data.datasets.forEach((dataset, i) => {
        if (!isNamed(dataset)) return;
        const point = chart.getDatasetMeta(i).data[0];
        const text = shorten(dataset.label, 28);
        ctx.font = `${dataset.label === report.recommended ? 'bold ' : ''}12px ${theme.font}`;
        const w = ctx.measureText(text).width;
        const box = place(point, w, taken, area);
        taken.push(box);
        ctx.fillText(text, box.x, box.y + 8);
      });
      ctx.restore();
    },
  });
  const overlap = (a, b) => a.x < b.x + b.w && b.x < a.x + a.w && a.y < b.y + b.h && b.y < a.y + a.h;
  const place = (point, w, taken, area) => {
    const h = 16;
    const boxes = [];
    for (const dy of [-8, -26, 10, -42, 26, -58, 42])
      for (const x of [point.x + 11, point.x - w - 11, point.x - w / 2])
        boxes.push({x, y: point.y + dy, w, h});
    const inside = box => box.x >= area.left && box.x + w <= area.right && box.y >= area.top && box.y + h <= area.bottom;
    return boxes.find(box => inside(box) && !taken.some(other => overlap(box, other))) || boxes.find(inside) || boxes[0];
  };

  const accuracyOf = v => {
    if (hasLabels) return number(v.accuracy.top1);
    const isReference = v.precision === 'fp32' && v.engine.startsWith('ort') && v.accuracy.agreement_top1 === null;
    return isReference ? 1 : number(v.accuracy.agreement_top1);
  };

  const tradeOff = theme => {
    const datasets = measured.map((v, i) => ({
      label: v.name, ...look(theme, i), borderDash: [], data: [{x: v.latency_ms.median, y: 100 * accuracyOf(v)}],
      spread: [v.latency_ms.min, v.latency_ms.p90], pointRadius: 6, pointHoverRadius: 8, borderWidth: 2,
    })).filter(d => Number.isFinite(d.data[0].y) && d.data[0].x > 0);
    if (!datasets.length) return;
    const xs = datasets.flatMap(d => [d.data[0].x, d.spread[0], d.spread[1]]).filter(x => x > 0);
    const crowded = datasets.length > (isNarrow('trade-off') ? 4 : 8);  // then a legend names the points, and the plot only the recommended one
    const ys = datasets.map(d => d.data[0].y);
    const margin = Math.max(0.5, 0.25 * (Math.max(...ys) - Math.min(...ys)));
    const lowest = Math.min(...ys) - margin, highest = Math.max(...ys) + margin;
    draw('trade-off', {
      type: 'scatter', data: {datasets},
      options: {
        scales: {
          x: latencyAxis(theme, 'median latency, ms', Math.min(...xs) * 0.85, Math.max(...xs) * 1.15),
          y: axis(theme, hasLabels ? 'top-1, %' : 'agreement with FP32, %', {min: lowest, max: highest,
            afterBuildTicks: scale => { scale.ticks = linearTicks(lowest, Math.min(highest, 100), 5); }, ticks: {callback: plain}}),
        },
        plugins: {
          legend: crowded ? legend(theme, 'trade-off', datasets, {boxWidth: 9, boxHeight: 9, each: {lineWidth: 2}}) : {display: false},
          tooltip: {callbacks: {label: c => `${c.dataset.label}: ${figure(c.parsed.x)} ms, ${c.parsed.y.toFixed(1)} %`}},
        },
      },
      plugins: [pointNames(theme, dataset => !crowded || dataset.label === report.recommended)],
    });
  };

  // The empirical distribution, thinned to what a screen can show.
  const cumulative = samples => {
    const sorted = samples.map(number).filter(Number.isFinite).sort((a, b) => a - b);
    const step = Math.max(1, Math.floor(sorted.length / 250));
    const points = [];
    sorted.forEach((x, i) => {
      if (i % step === 0 || i === sorted.length - 1) points.push({x, y: 100 * (i + 1) / sorted.length});
    });
    return points;
  };

  const distribution = theme => {
    const withSamples = measured.map((v, i) => ({v, i})).filter(({v}) => v.samples_ms.length > 1);
    if (!withSamples.length) return;
    const low = Math.min(...withSamples.map(({v}) => v.latency_ms.min)) * 0.95;
    const high = Math.max(...withSamples.map(({v}) => v.latency_ms.p99)) * 1.08;
    draw('distribution', {
      type: 'line',
      data: {datasets: withSamples.map(({v, i}) => ({label: v.name, ...look(theme, i), data: cumulative(v.samples_ms), pointRadius: 0,
        borderWidth: 2, stepped: v.samples_ms.length < 100 ? 'before' : false}))},
      options: {
        parsing: false,
        interaction: {mode: 'nearest', axis: 'xy', intersect: false},
        scales: {
          x: latencyAxis(theme, 'latency of one run, ms', low, high),
          y: axis(theme, 'share of runs, %', {min: 0, max: 100, ticks: {stepSize: 25}}),
        },
        plugins: {
          legend: legend(theme, 'distribution', withSamples, {pointStyleWidth: 34, each: {pointStyle: 'line', lineWidth: 2}}),
          tooltip: {callbacks: {title: () => '', label: c => `${c.dataset.label}: ${c.parsed.y.toFixed(0)} % within ${figure(c.parsed.x)} ms`}},
        },
      },
    });
  };

  const layers = theme => {
    const values = report.layer_errors.map(l => number(l.sqnr_db));
    const worst = new Set(values.map((y, i) => [y, i]).filter(([y]) => Number.isFinite(y)).sort((a, b) => a[0] - b[0]).slice(0, 5).map(([, i]) => i));
    draw('layers', {
      type: 'bar',
      data: {
        labels: report.layer_errors.map(l => l.node || l.tensor),
        datasets: [{data: values.map(y => Number.isFinite(y) ? y : null), backgroundColor: values.map((_, i) => worst.has(i) ? theme.warning : theme.accent),
          categoryPercentage: 0.95, barPercentage: 0.9, minBarLength: 2}],
      },
      options: {
        scales: {
          x: axis(theme, 'layer, input to output', {grid: {display: false, borderColor: theme.line}, ticks: {callback: (_, i) => i + 1, maxTicksLimit: isNarrow('layers') ? 6 : 14}}),
          y: axis(theme, 'SQNR, dB', {beginAtZero: true}),
        },
        plugins: {
          legend: {display: false},
          tooltip: {callbacks: {label: c => `${report.layer_errors[c.dataIndex].op_type}: ${figure(c.parsed.y)} dB`}},
        },
      },
    });
  };

  // The figure at the end of each bar.
  const barFigures = (theme, unit, write) => ({
    id: 'barFigures',
    afterDatasetsDraw(chart) {
      const {ctx} = chart;
      ctx.save();
      ctx.font = `12px ${theme.font}`;
      ctx.fillStyle = theme.ink;
      ctx.textBaseline = 'middle';
      chart.getDatasetMeta(0).data.forEach((bar, i) => ctx.fillText(`${write(chart.data.datasets[0].data[i])} ${unit}`, bar.x + 6, bar.y));
      ctx.restore();
    },
  });

  const bars = (theme, id, unit, write, rows) => {
    const canvas = document.getElementById(id);
    if (!canvas || !rows.length) return;
    canvas.parentElement.style.height = `${rows.length * 34 + 56}px`;
    draw(id, {
      type: 'bar',
      data: {labels: rows.map(r => r.name), datasets: [{data: rows.map(r => r.value), backgroundColor: rows.map(r => r.colour || theme.accent), maxBarThickness: 20}]},
      options: {
        indexAxis: 'y',
        layout: {padding: {right: 64}},
        scales: {
          x: axis(theme, unit === 's' ? 'seconds' : unit, {beginAtZero: true, ticks: {maxTicksLimit: 6}}),
          y: axis(theme, '', {title: {display: false}, grid: {display: false, borderColor: theme.line},
            ticks: {color: theme.ink, autoSkip: false, callback: (_, i) => shorten(rows[i].name, isNarrow(id) ? 16 : 30)}}),
        },
        plugins: {
          legend: {display: false},
          tooltip: {callbacks: {label: c => [`${write(c.parsed.x)} ${unit}`, rows[c.dataIndex].note].filter(Boolean)}},
        },
      },
      plugins: [barFigures(theme, unit, write)],
    });
  };

  const steps = theme => bars(theme, 'steps', 's', seconds, report.steps.map(s => ({name: s.name, value: number(s.seconds), note: s.note})));

  // Versions that share a file share a bar.
  const sizes = theme => {
    const files = new Map();
    measured.forEach((v, i) => {
      if (!v.size_bytes) return;
      const key = `${v.precision} ${v.size_bytes}`;
      if (!files.has(key)) files.set(key, {value: v.size_bytes / 1e6, colour: look(theme, i).backgroundColor, precision: v.precision.toUpperCase(), users: []});
      files.get(key).users.push(v.name);
    });
    bars(theme, 'size', 'MB', figure, [...files.values()].map(f => ({...f, name: f.users.length > 1 ? f.precision : f.users[0], note: f.users.join('; ')})));
  };

  const redraw = () => {
    charts.splice(0).forEach(chart => chart.destroy());
    const theme = readTheme();
    Object.assign(Chart.defaults, {animation: false, responsive: true, maintainAspectRatio: false, color: theme.ink});
    Chart.defaults.font.family = theme.font;
    Chart.defaults.font.size = 12;
    for (const plot of [tradeOff, distribution, layers, steps, sizes]) plot(theme);
  };

  redraw();
  for (const query of ['print', '(prefers-color-scheme: dark)']) matchMedia(query).addEventListener('change', redraw);
})();

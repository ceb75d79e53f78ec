// The Prometheus text format, as /metrics gives it.
'use strict';

// A label's value as it was before it was escaped.
const unescapeLabel = text => text.replace(/\\(.)/g, (_, letter) => letter === 'n' ? '\n' : letter);

const numberOf = text => text === '+Inf' || text === 'Inf' ? Infinity : text === '-Inf' ? -Infinity : Number(text);

// {a="1",b="2"} without its braces, to an object. A value may hold any letter, braces and commas too: no splitting.
const parseLabels = text => {
  const labels = {}, pair = /\s*([a-zA-Z_]\w*)\s*=\s*"((?:[^"\\]|\\.)*)"\s*,?/y;  // sticky: time stays linear in the length
  for (let match; (match = pair.exec(text));) labels[match[1]] = unescapeLabel(match[2]);
  return labels;
};

// name{labels} value [timestamp]. No two neighbours that match the same letters, for the same reason.
const SAMPLE = /^([a-zA-Z_:][\w:]*)(?:\s*\{((?:[^"}]|"(?:[^"\\]|\\.)*")*)\}\s*|\s+)(\S+)(?:\s+-?\d+)?\s*$/;

// The samples of an exposition: [{name, labels, value}]. Comments, empty lines and lines that are no sample are left out, so that a
// metric of a later version breaks nothing.
const parseMetrics = text => {
  const samples = [];
  for (const line of text.split('\n')) {
    if (!line || line[0] === '#') continue;
    const match = SAMPLE.exec(line);
    if (!match) continue;
    const value = numberOf(match[3]);
    if (match[3] === 'NaN' || !Number.isNaN(value)) samples.push({name: match[1], labels: parseLabels(match[2] || ''), value});
  }
  return samples;
};

// The q-quantile of a histogram given as a Map from upper bounds to cumulative counts, interpolated within its bucket. Beyond the last
// finite bound nothing is known but that bound. NaN when nothing was counted.
const quantile = (q, buckets) => {
  const bounds = [...buckets.keys()].sort((a, b) => a - b);
  const total = bounds.length ? buckets.get(bounds[bounds.length - 1]) : 0;
  if (!(total > 0)) return NaN;
  let low = 0, below = 0;
  for (const bound of bounds) {
    const count = buckets.get(bound);
    if (count >= q * total && count > below) return bound === Infinity ? low : low + (bound - low) * (q * total - below) / (count - below);
    low = bound;
    below = Math.max(below, count);
  }
  return low;
};

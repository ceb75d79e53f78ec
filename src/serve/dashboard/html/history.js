// What the server counted, once a second, over a rolling window; and what happened between two such moments. Counters only grow, so
// every figure on the page is a difference of two snapshots.
const WINDOW_SECONDS = 120;
const LATELY_SECONDS = 10;  // percentiles of one second would jump about

const OUTCOMES = ['success', 'rejected', 'expired', 'failed', 'cancelled'];
const HISTOGRAMS = {headrace_batch_rows_bucket: 'batch', headrace_request_seconds_bucket: 'request'};
const COUNTERS = {headrace_rows_total: 'rows', headrace_batches_total: 'batches'};
const ALL = '';  // no model has an empty name

const emptyTotals = () => ({outcomes: {}, rows: 0, batches: 0, queued: 0, batch: new Map(), request: new Map()});
const addTo = (map, key, value) => map.set(key, (map.get(key) || 0) + value);

const addSample = (totals, {name, labels, value}) => {
  if (name === 'headrace_requests_total') {
    const outcome = OUTCOMES.includes(labels.outcome) ? labels.outcome : 'failed';  // an outcome that is not known here is no success
    totals.outcomes[outcome] = (totals.outcomes[outcome] || 0) + value;
  }
  if (name === 'headrace_queue_requests') totals.queued += value;
  if (COUNTERS[name]) totals[COUNTERS[name]] += value;
  if (HISTOGRAMS[name]) addTo(totals[HISTOGRAMS[name]], numberOf(labels.le), value);
};

// A moment: when, and the totals of each model (its versions together) and of ALL.
const snapshotOf = (samples, seconds) => {
  const models = new Map([[ALL, emptyTotals()]]);
  for (const sample of samples) {
    const model = sample.labels.model;
    if (!model) continue;
    if (!models.has(model)) models.set(model, emptyTotals());
    addSample(models.get(model), sample);
    addSample(models.get(ALL), sample);
  }
  return {seconds, models};
};

// A counter that fell was begun anew (the server was restarted, a version went): what it shows has happened since.
const increase = (now, before) => now >= before ? now - before : now;

const differenceOfMaps = (now, before) => new Map([...now].map(([key, value]) => [key, increase(value, before.get(key) || 0)]));

// What a model did between two snapshots.
const between = (before, now, model) => {
  const to = now.models.get(model) || emptyTotals(), from = before.models.get(model) || emptyTotals();
  const outcomes = Object.fromEntries(OUTCOMES.map(name => [name, increase(to.outcomes[name] || 0, from.outcomes[name] || 0)]));
  return {
    seconds: now.seconds - before.seconds, outcomes, queued: to.queued,
    rows: increase(to.rows, from.rows), batches: increase(to.batches, from.batches),
    batch: differenceOfMaps(to.batch, from.batch), request: differenceOfMaps(to.request, from.request),
  };
};

const ratesOf = ({seconds, outcomes}) => Object.fromEntries(OUTCOMES.map(name => [name, seconds > 0 ? outcomes[name] / seconds : 0]));
const percentilesOf = activity => [0.5, 0.95, 0.99].map(q => 1000 * quantile(q, activity.request));
const rowsPerBatch = activity => activity.batches > 0 ? activity.rows / activity.batches : NaN;

class History {
  snapshots = [];

  add(snapshot) {
    this.snapshots.push(snapshot);
    const oldest = snapshot.seconds - WINDOW_SECONDS - LATELY_SECONDS;
    while (this.snapshots.length > 1 && this.snapshots[0].seconds < oldest) this.snapshots.shift();
  }

  get last() { return this.snapshots[this.snapshots.length - 1]; }

  // The newest snapshot that is at least so much older than the one at `index`; else the oldest there is.
  before(index, seconds) {
    let at = index;
    while (at > 0 && this.snapshots[index].seconds - this.snapshots[at].seconds < seconds) --at;
    return this.snapshots[at];
  }

  lately(model) { return between(this.before(this.snapshots.length - 1, LATELY_SECONDS), this.last, model); }
  window(model) { return between(this.before(this.snapshots.length - 1, WINDOW_SECONDS), this.last, model); }

  // A point a second for the plots: {age in seconds, rates of this second, percentiles of the seconds up to it, requests waiting}.
  series(model) {
    return this.snapshots.slice(1).map((now, i) => {
      const second = between(this.snapshots[i], now, model);
      return {
        age: now.seconds - this.last.seconds, rates: ratesOf(second), queued: second.queued,
        percentiles: percentilesOf(between(this.before(i + 1, LATELY_SECONDS), now, model)),
      };
    }).filter(point => point.age >= -WINDOW_SECONDS);
  }
}

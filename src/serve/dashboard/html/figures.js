// The tiles and the table: what the figures are now.
const drawTiles = (history, model, memory) => {
  const lately = history.lately(model), rates = ratesOf(lately);
  const [p50, p95, p99] = percentilesOf(lately);
  const lost = rates.rejected + rates.expired + rates.failed;
  const tiles = [
    ['answers per s', figure(rates.success)], ['p50, ms', figure(p50)], ['p95, ms', figure(p95)], ['p99, ms', figure(p99)],
    ['waiting', count(lately.queued)], ['rows per batch', figure(rowsPerBatch(lately))],
    ['unserved per s', figure(lost), lost > 0], ['memory', bytes(memory)],
  ];
  byId('tiles').replaceChildren(...tiles.map(([name, value, bad]) => {
    const tile = element('div', '', bad ? 'bad' : '');
    tile.append(element('dt', name), element('dd', value));
    return tile;
  }));
};

// One line a model: the state of the version that serves it, else of the newest one with the reason why it does not.
const modelsOf = index => {
  const models = new Map();
  for (const entry of index) {
    const known = models.get(entry.name);
    const serves = known && known.state !== 'READY' && entry.state === 'READY';
    const newer = known && known.state === entry.state && Number(entry.version) > Number(known.version);
    if (!known || serves || newer) models.set(entry.name, entry);
  }
  return [...models.values()].sort((a, b) => a.name.localeCompare(b.name));
};
// A version that failed to load while an older one serves is worth a word too.
const troubleOf = (index, name) => index.find(entry => entry.name === name && entry.state !== 'READY' && entry.reason);

const stateOf = (entry, trouble) => {
  const own = `${entry.state}${entry.version ? `, version ${entry.version}` : ''}`;
  if (!trouble) return {text: own, bad: entry.state !== 'READY'};
  return {text: trouble === entry ? `${own}: ${trouble.reason}` : `${own}; version ${trouble.version}: ${trouble.reason}`, bad: true};
};

const drawTable = (history, index) => {
  byId('rows').replaceChildren(...modelsOf(index).map(entry => {
    const lately = history.lately(entry.name);
    const totals = (history.last.models.get(entry.name) || emptyTotals()).outcomes;
    const state = stateOf(entry, troubleOf(index, entry.name));
    const name = element('th', entry.name);
    name.scope = 'row';
    name.title = entry.name;
    const row = element('tr');
    row.append(name, element('td', state.text, state.bad ? 'bad' : ''));
    row.append(...[ratesOf(lately).success, ...percentilesOf(lately)].map(x => element('td', figure(x))));
    row.append(element('td', count(lately.queued)), element('td', figure(rowsPerBatch(lately))));
    row.append(...OUTCOMES.map(outcome => element('td', count(totals[outcome] || 0))));
    return row;
  }));
};

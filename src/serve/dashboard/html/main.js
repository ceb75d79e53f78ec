// Asks once a second while somebody looks, and draws what came.
const POLL_MS = 1000;
const history_ = new History();
let index = [];
let memory = NaN;
let goneSince = null;
let polling = false;
let next = 0;  // of setTimeout

const shownModel = () => byId('shown').value;

// Nothing is set that stands there already: a screen reader would say it again every second.
const say = (id, text) => { if (byId(id).textContent !== text) byId(id).textContent = text; };

const setState = (name, text, notice = '') => {
  byId('state').className = `state ${name}`;
  say('state', text);
  say('notice', notice);
  byId('notice').hidden = !notice;
  document.body.classList.toggle('stale', name === 'gone' || name === 'denied');
};

const wantToken = ({scope, refused}) => {
  const purpose = scope === 'data' ? 'models' : 'metrics';
  say('token-label', refused ? `The token is not the one for this server's ${purpose}: which is?` :
    `This server wants a token for its ${purpose}.`);
  byId('token-form').dataset.scope = scope;
  byId('token-form').hidden = false;
};

const draw = () => {
  if (!history_.last) return;
  const names = modelsOf(index).map(entry => entry.name);
  setOptions(byId('shown'), names, [[ALL, 'all']]);
  setOptions(byId('tried'), modelsOf(index).filter(entry => entry.state === 'READY').map(entry => entry.name));
  drawTiles(history_, shownModel(), memory);
  drawTable(history_, index);
  drawPlots(history_, shownModel());
};

const lookOnce = async () => {
  const [samples, entries] = await Promise.all([askMetrics(), askIndex()]);
  memory = samples.find(sample => sample.name === 'process_resident_memory_bytes')?.value ?? NaN;
  index = entries;
  history_.add(snapshotOf(samples, performance.now() / 1000));
  if (!byId('server').textContent || goneSince) {
    const {name, version} = await askServer();
    byId('server').textContent = `${name} ${version} at ${location.host}`;
  }
  goneSince = null;
  byId('token-form').hidden = true;
  setState('serving', entries.some(entry => entry.state === 'READY') ? 'serving' : 'no model is ready');
};

const tellFailure = error => {
  if (error instanceof TokenWanted) {
    wantToken(error);
    setState('denied', 'token wanted');
    return;
  }
  goneSince = goneSince || new Date();
  const late = error.name === 'TimeoutError' ? 'takes too long to answer' : `answers ${error.message}`;
  const why = error instanceof TypeError ? 'does not answer' : late;
  setState('gone', 'gone', `The server at ${location.host} ${why}, since ${goneSince.toLocaleTimeString('en-GB')}. ` +
    'It is asked again every second; the figures below are the last that came.');
};

// One at a time; the next a second after this one began, or at once where it took longer.
const poll = async () => {
  clearTimeout(next);
  if (polling || document.hidden) return;
  polling = true;
  const began = performance.now();
  try {
    await lookOnce();
    draw();
  } catch (error) {
    tellFailure(error);
  }
  polling = false;
  next = setTimeout(poll, Math.max(0, POLL_MS - (performance.now() - began)));
};

byId('token-form').addEventListener('submit', event => {
  event.preventDefault();
  keepToken(byId('token-form').dataset.scope, byId('token').value);
  byId('token').value = '';
  byId('token-form').hidden = true;
  poll();
});
byId('shown').addEventListener('change', draw);
document.addEventListener('visibilitychange', poll);
matchMedia('(prefers-color-scheme: dark)').addEventListener('change', () => { makePlots(); draw(); });
makePlots();
prepareForm();
poll();

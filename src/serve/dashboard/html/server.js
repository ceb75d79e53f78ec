// Requests to the server that the page came from, with the token that it may want.

// Tokens live as long as the tab: not in localStorage, not in a cookie, not in the address.
const TOKENS = {control: 'headrace-control-token', data: 'headrace-data-token'};
const PATIENCE_MS = 5000;  // of a poll; a picture may wait in a queue for longer

class TokenWanted extends Error {
  constructor(scope, refused) {
    super('the server wants a token');
    Object.assign(this, {scope, refused});  // refused: one was sent, and it is not the right one
  }
}

// The token of this scope, else the other one: most servers have one for both.
const tokenFor = scope => sessionStorage.getItem(TOKENS[scope]) || sessionStorage.getItem(TOKENS[scope === 'data' ? 'control' : 'data']);
const keepToken = (scope, token) => sessionStorage.setItem(TOKENS[scope], token);
// A refused token makes way for the other one, unless its user has just typed another.
const dropToken = (scope, token) => { if (sessionStorage.getItem(TOKENS[scope]) === token) sessionStorage.removeItem(TOKENS[scope]); };

// Throws TokenWanted on 401, Error with the server's own message on any other failure, TypeError or a TimeoutError when it is gone.
const ask = async (scope, path, {patience = PATIENCE_MS, ...options} = {}) => {
  const token = tokenFor(scope);
  const headers = {...options.headers, ...(token ? {Authorization: `Bearer ${token}`} : {})};
  const signal = AbortSignal.timeout(patience);
  const response = await fetch(path, {...options, headers, signal, cache: 'no-store', credentials: 'omit'});
  if (response.status === 401) {
    dropToken(scope, token);
    throw new TokenWanted(scope, Boolean(token));
  }
  if (response.ok) return response;
  const text = await response.text();
  let message = text;
  try { message = JSON.parse(text).error || text; } catch { /* not every proxy on the way answers in JSON */ }
  throw new Error(`${response.status}: ${message || response.statusText}`);
};

const askMetrics = async () => parseMetrics(await (await ask('control', '/metrics')).text());
const askServer = async () => (await ask('data', '/v2')).json();
const post = async (path, type, body, patience) =>
  (await ask('data', path, {method: 'POST', body, headers: {'Content-Type': type}, patience})).json();
const askIndex = () => post('/v2/repository/index', 'application/json', '{}');
const askPicture = (model, picture) =>
  post(`/v2/models/${encodeURIComponent(model)}/picture?top=5`, picture.type || 'application/octet-stream', picture, 60000);

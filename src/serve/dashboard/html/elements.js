// Building the page: every name that comes from outside is set as text, never as markup.
const element = (tag, text = '', className = '') => {
  const made = document.createElement(tag);
  made.textContent = text;
  if (className) made.className = className;
  return made;
};
const byId = id => document.getElementById(id);

// Three significant digits; a dash where there is nothing to tell.
const figure = x => {
  if (!Number.isFinite(x)) return '–';
  if (x === 0) return '0';
  if (Math.abs(x) >= 10000) return x >= 1e6 ? `${(x / 1e6).toPrecision(3)} M` : `${(x / 1000).toPrecision(3)} k`;
  return x.toFixed(Math.min(3, Math.max(0, 2 - Math.floor(Math.log10(Math.abs(x))))));
};
const count = x => Math.round(x).toLocaleString('en');
const bytes = x => Number.isFinite(x) ? `${figure(x / (x < 1e9 ? 1e6 : 1e9))} ${x < 1e9 ? 'MB' : 'GB'}` : '–';

// The options of a select become these names; what was chosen stays chosen, and nothing is touched when nothing changed (an open
// list would close under the user's hand).
const setOptions = (select, names, first = []) => {
  const wanted = [...first, ...names.map(name => [name, name])];
  if (JSON.stringify(wanted) === select.dataset.options) return;
  const chosen = select.value;
  select.replaceChildren(...wanted.map(([value, text]) => new Option(text, value)));
  if (wanted.some(([value]) => value === chosen)) select.value = chosen;
  select.dataset.options = JSON.stringify(wanted);
};

// The form to try a model with a picture.
let triedPicture = null;

// The page's own time less what the server says it spent is what network, decoding and both ends' protocol took.
const splitOf = (answer, milliseconds) => {
  const timing = answer.timing || {};
  const queue = timing.queue_ms ?? 0, compute = timing.compute_ms ?? 0;
  return {queue, compute, network: Math.max(0, milliseconds - queue - compute)};
};

const classesList = classes => {
  const list = element('ol', '', 'bars');
  for (const seen of classes) {
    const share = 100 * seen.probability;
    const bar = element('span', '', 'bar'), filling = element('i');
    filling.style.width = `${Math.min(100, Math.max(0, share))}%`;
    bar.append(filling);
    const item = element('li');
    item.append(element('span', seen.label || `class ${seen.index}`), element('span', `${share.toFixed(1)} %`), bar);
    list.append(item);
  }
  return list;
};

const splitParts = split => {
  const total = split.queue + split.compute + split.network || 1;
  const bar = element('div', '', 'split'), key = element('p', '', 'muted key');
  for (const [name, text] of [['queue', 'queue'], ['compute', 'compute'], ['network', 'network and decoding']]) {
    const part = element('i', '', name), swatch = element('i', '', name), word = element('span');
    part.style.width = `${100 * split[name] / total}%`;
    bar.append(part);
    word.append(swatch, `${text} ${figure(split[name])} ms `);
    key.append(word);
  }
  return [bar, key];
};

const tryModel = async () => {
  const model = byId('tried').value;
  if (!triedPicture || !model) return;
  const answer = byId('answer');
  answer.replaceChildren(element('p', 'Asking…', 'muted'));
  const began = performance.now();
  try {
    const result = await askPicture(model, triedPicture);
    const milliseconds = performance.now() - began;
    const split = splitParts(splitOf(result, milliseconds));
    answer.replaceChildren(classesList(result.top), element('p', `Answered in ${figure(milliseconds)} ms`), ...split);
  } catch (error) {
    if (error instanceof TokenWanted) wantToken(error);
    const gone = error instanceof TypeError || error.name === 'TimeoutError';
    answer.replaceChildren(element('p', gone ? 'The server did not answer.' : error.message, 'notice'));
  }
  byId('again').hidden = false;
};

const takePicture = file => {
  if (!file) return;
  triedPicture = file;
  const preview = byId('preview');
  URL.revokeObjectURL(preview.src);
  preview.src = URL.createObjectURL(file);
  preview.alt = file.name;
  preview.hidden = false;
  tryModel();
};

const prepareForm = () => {
  const drop = byId('drop');
  byId('picture').addEventListener('change', event => takePicture(event.target.files[0]));
  byId('try-form').addEventListener('submit', event => { event.preventDefault(); tryModel(); });
  byId('tried').addEventListener('change', tryModel);
  for (const name of ['dragenter', 'dragover', 'dragleave', 'drop']) {
    drop.addEventListener(name, event => {
      event.preventDefault();
      drop.classList.toggle('over', name === 'dragenter' || name === 'dragover');
      if (name === 'drop') takePicture(event.dataTransfer.files[0]);
    });
  }
};

"""The sentence encoder MiniLM, imported from the .pt2 archive that PyTorch exports: the same embeddings as PyTorch's."""
import sys

import conftest
import numpy
import onnxruntime
import pytest
import torch

sys.path.append(str(conftest.headrace_cli.ROOT / "examples/minilm"))
import minilm
import tokens

ALIKE = ("A man is eating food.", "Someone eats a piece of bread.")
OTHERS = ("The stock market fell sharply today.", "Unexpectedly, share prices dropped on Wall Street after the central bank's announcement.")


@pytest.fixture(scope="module")
def module():
    return minilm.load()


@pytest.fixture(scope="module")
def session(folder):
    conftest.headrace("convert", conftest.MODELS / "minilm.pt2", "-o", folder / "minilm.onnx")
    return onnxruntime.InferenceSession(str(folder / "minilm.onnx"), providers=["CPUExecutionProvider"])


def embed(session, batch):
    """The embeddings of (tokens, attention_mask)."""
    return session.run(None, {entry.name: tensor.numpy() for entry, tensor in zip(session.get_inputs(), batch)})[0]


def sentences(texts):
    return tokens.encode(texts, minilm.folder() / "vocab.txt")


def test_inputs_keep_their_names_and_are_dynamic(session):
    assert [entry.name for entry in session.get_inputs()] == ["tokens", "attention_mask"]
    assert all(isinstance(size, str) for entry in session.get_inputs() for size in entry.shape)


@pytest.mark.parametrize("texts", [ALIKE[:1], ALIKE + OTHERS], ids=["one sentence", "four, padded"])
def test_embeddings_of_sentences_are_pytorchs(session, module, texts):
    batch = sentences(texts)
    with torch.no_grad():
        expected = module(*batch).numpy()
    numpy.testing.assert_allclose(embed(session, batch), expected, rtol=0, atol=1e-4)


@pytest.mark.parametrize("shape", [(1, 1), (3, 512), (8, 17)])
def test_embeddings_of_any_tokens_are_pytorchs(session, module, shape):
    torch.manual_seed(0)
    batch = torch.randint(0, 30522, shape), (torch.rand(shape) < 0.8).long()
    batch[1][:, 0] = 1  # at least one token counts
    with torch.no_grad():
        expected = module(*batch).numpy()
    numpy.testing.assert_allclose(embed(session, batch), expected, rtol=0, atol=1e-4)


def test_sentences_of_one_meaning_are_closer_than_others(session):
    """That the module is MiniLM at all, not only equal to itself."""
    embeddings = embed(session, sentences(ALIKE + OTHERS))
    numpy.testing.assert_allclose(numpy.linalg.norm(embeddings, axis=1), 1, atol=1e-5)
    closeness = embeddings @ embeddings.T
    assert min(closeness[0, 1], closeness[2, 3]) > 0.4
    assert abs(closeness[:2, 2:]).max() < 0.2

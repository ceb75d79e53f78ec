"""Sentences as MiniLM's tokens: BERT's WordPiece for plain English (lower case, ASCII)."""
import re

import torch

UNKNOWN, START, END = "[UNK]", "[CLS]", "[SEP]"


def encode(sentences, vocabulary):
    """Return (tokens, attention_mask), int64 [len(sentences), the longest's tokens]; shorter ones are padded with token 0.

    vocabulary: the path of vocab.txt, one piece a line.
    """
    ids = {piece: number for number, piece in enumerate(vocabulary.read_text(encoding="utf-8").splitlines())}
    rows = [[ids[piece] for piece in (START, *_pieces(sentence, ids), END)] for sentence in sentences]
    longest = max(map(len, rows))
    tokens = torch.tensor([row + [0] * (longest - len(row)) for row in rows])
    mask = torch.tensor([[1] * len(row) + [0] * (longest - len(row)) for row in rows])
    return tokens, mask


def _pieces(sentence, ids):
    for word in re.findall(r"[a-z0-9]+|[^\sa-z0-9]", sentence.lower()):
        yield from _pieces_of_word(word, ids)


def _pieces_of_word(word, ids):
    """The longest pieces first; all but a word's first begin with ##."""
    pieces, rest = [], word
    while rest:
        prefix = "##" if pieces else ""
        fitting = (prefix + rest[:length] for length in range(len(rest), 0, -1) if prefix + rest[:length] in ids)
        piece = next(fitting, None)
        if piece is None:
            return [UNKNOWN]
        pieces.append(piece)
        rest = rest[len(piece) - len(prefix):]
    return pieces

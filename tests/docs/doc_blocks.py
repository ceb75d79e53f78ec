"""The fenced blocks of a Markdown file."""
import dataclasses
import re

FENCE = re.compile(r"^```(\w*)([^\n]*)\n(.*?)^```$", re.MULTILINE | re.DOTALL)


@dataclasses.dataclass
class Block:
    language: str
    text: str
    line: int  # of its first line in the file
    is_script: bool = False  # marked so behind the language: one script, whose lines share what they start

    def commands(self):
        """The shell commands with their line numbers; lines that end in a backslash go on in the next one."""
        pending, start = "", 0
        for number, line in enumerate(self.text.splitlines(), self.line):
            start = start if pending else number
            pending += line.removesuffix("\\")
            if line.endswith("\\"):
                continue
            command = pending.split("  #")[0].strip()
            if command and not command.startswith("#"):
                yield start, command
            pending = ""


def blocks(path):
    text = path.read_text(encoding="utf-8")
    return [Block(match[1], match[3], text.count("\n", 0, match.start()) + 2, "script" in match[2].split()) for match in FENCE.finditer(text)]

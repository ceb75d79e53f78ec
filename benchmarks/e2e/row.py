"""One row of a benchmark's result, and how rows are printed and stored."""
import dataclasses
import statistics

import headrace_cli


@dataclasses.dataclass
class Row:
    """What was measured, against which bar, with what outcome."""

    what: str
    measured: str
    command: str
    bar: str = ""  # empty: for information
    passed: bool | None = None  # None: there is no bar, or it could not be measured here
    isa: str = ""  # what the engines saw
    figures: dict = dataclasses.field(default_factory=dict)  # the numbers behind `measured`

    def __post_init__(self):
        self.isa = self.isa or headrace_cli.machine()["isa"]

    def verdict(self):
        return {True: "pass", False: "FAIL", None: ""}[self.passed]


def min_and_median(values, unit="ms", digits=2):
    """"min 1.23, median 1.31 ms"."""
    return f"min {min(values):.{digits}f}, median {statistics.median(values):.{digits}f} {unit}"


def print_table(rows):
    cells = [("what", "bar", "measured", "", "ISA")] + [(r.what, r.bar, r.measured, r.verdict(), r.isa) for r in rows]
    widths = [max(len(cell[column]) for cell in cells) for column in range(5)]
    for number, cell in enumerate(cells):
        print("  ".join(text.ljust(width) for text, width in zip(cell, widths)).rstrip())
        if number > 0 and rows[number - 1].command not in [row.command for row in rows[: number - 1]]:
            print(f"    $ {rows[number - 1].command}")

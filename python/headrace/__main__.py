"""python -m headrace: the headrace program itself; and `import`, which only Python can do."""
import os
import sys

from headrace import _import
from headrace._binary import find_binary
from headrace._errors import HeadraceError


def main():
    if sys.argv[1:2] == ["import"]:
        return _import.main(sys.argv[2:])
    binary = find_binary()
    os.execv(binary, [binary, *sys.argv[1:]])


if __name__ == "__main__":
    try:
        main()
    except HeadraceError as error:
        sys.exit(f"error: {error}")

"""python -m headrace: the headrace program itself."""
import os
import sys

from headrace._binary import find_binary
from headrace._errors import HeadraceError


def main():
    try:
        binary = find_binary()
    except HeadraceError as error:
        sys.exit(f"error: {error}")
    os.execv(binary, [binary, *sys.argv[1:]])


if __name__ == "__main__":
    main()

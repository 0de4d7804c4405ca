"""Starts the supervisor: `python -s -P /job/sup/inside/boot.py`."""

import sys
from importlib import import_module

sys.path.insert(0, "/job/sup")

main = import_module("inside.supervisor").main  # by name: the path must be set first

if __name__ == "__main__":
    main()

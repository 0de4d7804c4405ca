"""`python -m judge.worker`: what `judge worker` runs, without the command line."""

import sys

from judge.settings import load
from judge.worker.app import run_worker

if __name__ == "__main__":
    sys.exit(run_worker(load()))

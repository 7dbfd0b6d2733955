"""`make bench N=10`: measure a classroom of N seats against its budgets."""

import sys
from pathlib import Path

# Run as a file, Python knows this folder and not the checkout that holds the package.
sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from bench.cli import main

if __name__ == "__main__":
    main()

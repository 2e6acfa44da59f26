"""`python -m despin`."""

from __future__ import annotations

import sys

from .cli import main

if __name__ == "__main__":  # workers of a batch import this module too
    sys.exit(main())

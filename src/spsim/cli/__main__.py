"""``python -m spsim.cli``, the same as ``spsim``."""

import sys

from spsim.cli import main

if __name__ == "__main__":  # worker processes import this file again
    sys.exit(main())

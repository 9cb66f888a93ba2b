"""``python -m skemotion``."""

from skemotion.cli import main

if __name__ == "__main__":
    main()

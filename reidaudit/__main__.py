"""Run the command line by ``python -m reidaudit``."""

from reidaudit.cli.main import main

if __name__ == "__main__":
    main()

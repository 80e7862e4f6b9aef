"""`python -m validator` is the command line; as the installed command, it imports nothing from the current folder."""

import sys

if __name__ == "__main__":
    if not sys.flags.safe_path:
        del sys.path[0]
    from validator.cli import main

    main()

"""`python -m validator` is the command line."""

from validator.cli import main

if __name__ == "__main__":
    main()

"""``python -m lantai`` is the ``lantai`` command."""

from lantai.site.cli.main import main

if __name__ == "__main__":
    main()

"""`make screenshots`; `ARGS=queue` takes only the pictures whose names match."""

import os
import sys

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "smarketing.settings")
django.setup()

if __name__ == "__main__":
    from .taking import main

    main(*sys.argv[1:2])

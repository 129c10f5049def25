"""`python -m tests.stepwise DATABASE`: migrate an empty one as those did that were there all along.

First every step that squashed migrations replace, one by one; then the usual `migrate`, which takes
the squashed ones for done.
"""

import os
import sys

import django
from django.core.management import call_command
from django.db import connection
from django.db.migrations.executor import MigrationExecutor
from django.db.migrations.loader import MigrationLoader


def main() -> None:
    django.setup()
    connection.settings_dict["NAME"] = sys.argv[1]
    executor = MigrationExecutor(connection)
    executor.loader = MigrationLoader(connection, replace_migrations=False)
    replaced = [one.replaces[-1] for one in executor.loader.disk_migrations.values() if one.replaces]
    executor.migrate(replaced)
    call_command("migrate", verbosity=0)


if __name__ == "__main__":
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "tests.settings")
    main()

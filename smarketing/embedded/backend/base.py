"""Django's PostgreSQL backend on the embedded server, started when the first connection is opened.

Commands that never connect (help, check, makemigrations offline) therefore never start it.
"""

from collections.abc import Iterable
from pathlib import Path
from typing import Any

from django.conf import settings
from django.db.backends.postgresql import base, client
from django.db.utils import OperationalError

from smarketing.embedded.cluster import ClusterError
from smarketing.embedded.local import local_server


class DatabaseClient(client.DatabaseClient):
    def runshell(self, parameters: Iterable[str]) -> None:
        self.connection.ensure_connection()
        super().runshell(parameters)


class DatabaseWrapper(base.DatabaseWrapper):
    client_class = DatabaseClient

    def get_connection_params(self) -> dict[str, Any]:
        server = local_server(Path(settings.VAR_DIR), settings.DATABASES[self.alias]["NAME"])
        try:
            self.settings_dict["HOST"] = str(server.ensure_running())
        except ClusterError as error:
            raise OperationalError(str(error)) from error
        return super().get_connection_params()

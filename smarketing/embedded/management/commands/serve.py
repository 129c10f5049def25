"""Everything on one machine: prepare what is missing, run until Ctrl-C. `make run` calls it."""

import os
from io import StringIO
from pathlib import Path
from typing import Any

from django.conf import settings
from django.contrib.auth import get_user_model
from django.core.management import call_command, get_commands
from django.core.management.base import BaseCommand, CommandError
from django.db import connection
from django.db.migrations.executor import MigrationExecutor

from smarketing import catalogs
from smarketing.embedded.cluster import ClusterError
from smarketing.embedded.local import LocalServer, local_server
from smarketing.embedded.runner import Runner, RunnerError


class Command(BaseCommand):
    help = "Runs web server, worker and beat on this machine, with the embedded PostgreSQL unless configured."
    requires_system_checks = []

    def handle(self, *args: Any, **options: Any) -> None:
        var = Path(settings.VAR_DIR)
        runner = Runner(settings.BASE_DIR, var, int(os.environ.get("PORT") or 8000), self._say)
        server = local_server(var, settings.DATABASES["default"]["NAME"]) if settings.EMBEDDED else None
        try:
            runner.claim()
            self._run(runner, server)
        except (RunnerError, ClusterError) as error:
            raise CommandError(str(error)) from error

    def _run(self, runner: Runner, server: LocalServer | None) -> None:
        try:
            self._prepare(server, runner.var / "sign-ins")
            runner.start()
            if not runner.stopping:
                self._welcome(runner)
                runner.watch(server)
        except KeyboardInterrupt:
            pass
        finally:
            self._say("Stopping …")
            runner.stop()
            connection.close()
            if server is not None and not server.leave():
                self._say("Another command still uses PostgreSQL; it stops with the last one.")
        self._say("Stopped.")

    def _say(self, line: str) -> None:
        self.stdout.write(line)
        self.stdout.flush()

    def _prepare(self, server: LocalServer | None, sign_ins: Path) -> None:
        if server is not None:
            self._say("Starting PostgreSQL (data in var/postgres) …")
            server.ensure_running()
        if catalogs.compile_all():
            self._say("Compiled the translations.")
        self._migrate()
        self._fill_when_empty(sign_ins)

    def _migrate(self) -> None:
        executor = MigrationExecutor(connection)
        plan = executor.migration_plan(executor.loader.graph.leaf_nodes())
        if plan:
            self._say(f"Preparing the database ({len(plan)} migrations) …")
            call_command("migrate", verbosity=0, interactive=False)

    def _fill_when_empty(self, sign_ins: Path) -> None:
        """`demo` returns one sign-in per role as lines; they are kept to be shown at every start."""
        if get_user_model().objects.exists() or "demo" not in get_commands():
            return
        self._say("The database is empty: filling it with demo data …")
        text = call_command("demo", stdout=StringIO())
        sign_ins.unlink(missing_ok=True)
        with open(os.open(sign_ins, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
            file.write(text or "")

    def _welcome(self, runner: Runner) -> None:
        self._say(f"\nSmarketing runs at {runner.address}")
        sign_ins = runner.var / "sign-ins"
        if sign_ins.exists():
            self._say(f"Sign in as\n{sign_ins.read_text().rstrip()}")
        self._say(f"Mail is in {runner.var}/mail, logs in {runner.var}/log. Ctrl-C stops everything.")

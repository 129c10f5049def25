"""A real PostgreSQL that lives exactly as long as the process that asked for it.

`start()` runs this module as a guard: a process of its own that owns the cluster and holds one
end of a pipe. When the asking process ends, however it ends, the pipe closes, and the guard
stops the server and removes its folder.
"""

import atexit
import subprocess
import sys
import tempfile
from pathlib import Path
from urllib.parse import quote

from smarketing.embedded.cluster import SUPERUSER, Cluster, ClusterError

# Nothing here has to survive a crash of the machine.
FAST = {"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off", "max_connections": "300"}


def start() -> str:
    """Start a throw-away cluster and return its DATABASE_URL (database `postgres`)."""
    guard = subprocess.Popen(
        [sys.executable, "-m", __name__],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        start_new_session=True,  # Ctrl-C in the terminal is for the tests, not for the guard
        cwd=Path(__file__).resolve().parents[2],
    )
    assert guard.stdin and guard.stdout
    answer = guard.stdout.readline().strip()
    if not answer.startswith("/"):
        raise ClusterError("The throw-away PostgreSQL did not start; see the lines above.")
    atexit.register(_release, guard)
    return f"postgres://{SUPERUSER}@/postgres?host={quote(answer)}"


def _release(guard: "subprocess.Popen[str]") -> None:
    assert guard.stdin
    guard.stdin.close()
    guard.wait(timeout=60)


def main() -> None:
    cluster = Cluster(Path(tempfile.mkdtemp(prefix="smarketing-test-")).resolve(), FAST)
    try:
        cluster.start()
        sys.stdout.write(f"{cluster.socket_dir}\n")
        sys.stdout.flush()
        sys.stdin.read()
    finally:
        cluster.remove()


if __name__ == "__main__":
    main()

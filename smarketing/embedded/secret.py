"""A secret made once and kept in a file that only its owner may read."""

import os
import secrets
from pathlib import Path


def kept_secret(path: Path) -> str:
    """The secret in `path`, made on first use.

    Written beside and linked into place, so that two processes starting together agree on one.
    Where nothing can be written (a read-only checkout) the secret lasts as long as the process.
    """
    fresh = secrets.token_urlsafe(50)
    beside = path.with_name(f"{path.name}.{os.getpid()}")
    try:
        if not path.exists():
            path.parent.mkdir(parents=True, exist_ok=True)
            with open(os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
                file.write(fresh)
            try:
                os.link(beside, path)
            except FileExistsError:
                pass
            finally:
                beside.unlink()
        return path.read_text()
    except OSError:
        return fresh

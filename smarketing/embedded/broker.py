"""kombu's broker in a folder, whose messages appear whole.

kombu creates the file of a message and then writes it. A worker that looked in between read an
empty message and ended. Here a message is written under another name and renamed.
"""

import uuid
from json import JSONDecodeError
from pathlib import Path
from time import monotonic_ns
from typing import Any

from kombu.exceptions import ChannelError
from kombu.transport import TRANSPORT_ALIASES, filesystem
from kombu.utils.json import dumps

SCHEME = "folder"
"""Of broker addresses: ``folder://``."""


class Channel(filesystem.Channel):
    def _put(self, queue: str, message: Any, **kwargs: Any) -> None:  # type: ignore[override]
        place = Path(self.data_folder_out)
        name = f"{monotonic_ns() // 1_000_000}_{uuid.uuid4()}.{queue}.msg"
        part = place / f"{name}.part"  # no reader takes a name that ends like this
        try:
            part.write_bytes(dumps(message).encode())
            part.replace(place / name)
        except OSError as error:
            raise ChannelError(f"Cannot add {name} to {place}") from error

    def get_table(self, exchange: str) -> list[Any]:
        """Who listens. Read while the first listener writes it, it is what it was before: nobody."""
        try:
            return list(super().get_table(exchange))
        except JSONDecodeError:
            return []


class Transport(filesystem.Transport):
    Channel = Channel


def register() -> None:
    """Make ``folder://`` known to kombu."""
    TRANSPORT_ALIASES[SCHEME] = f"{__name__}:{Transport.__name__}"

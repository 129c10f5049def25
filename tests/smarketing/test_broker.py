"""The broker in a folder: a message is there whole or not at all."""

import threading
from pathlib import Path
from queue import Empty

import pytest
from kombu import Connection
from kombu.transport import resolve_transport

from smarketing.embedded import broker


@pytest.fixture
def connection(tmp_path: Path):
    broker.register()
    folders = {name: str(tmp_path) for name in ("data_folder_in", "data_folder_out")}
    options = {**folders, "control_folder": str(tmp_path / "control")}
    with Connection("folder://", transport_options=options) as made:
        yield made


def test_messages_arrive_once_and_as_they_were_sent(connection: Connection) -> None:
    queue = connection.SimpleQueue("ticks")
    queue.put({"number": 1})
    assert queue.get(block=False).payload == {"number": 1}
    with pytest.raises(Empty):
        queue.get(block=False)


def test_half_a_message_is_none_yet(connection: Connection, tmp_path: Path) -> None:
    """What a writer is at work on: the file is there, and nobody takes it."""
    queue = connection.SimpleQueue("ticks")
    (tmp_path / "1_x.ticks.msg.part").write_bytes(b"")
    with pytest.raises(Empty):
        queue.get(block=False)


def test_nobody_reads_a_message_before_it_is_written(connection: Connection) -> None:
    """A reader that never stops looking meets a thousand messages being written, and none half."""
    got: list[int] = []
    wrong: list[Exception] = []
    channel = connection.SimpleQueue("ticks").channel

    def read() -> None:
        while len(got) < 1000 and not wrong:
            try:
                got.append(channel._get("ticks")["number"])
            except Empty:
                continue
            except Exception as error:  # whatever a half message would cause
                wrong.append(error)

    reader = threading.Thread(target=read)
    reader.start()
    for number in range(1000):
        channel._put("ticks", {"number": number})
    reader.join(timeout=60)
    assert (wrong, sorted(got)) == ([], list(range(1000)))


def test_a_table_that_is_just_being_written_names_nobody(connection: Connection, tmp_path: Path) -> None:
    (tmp_path / "control").mkdir()
    (tmp_path / "control" / "pidbox.exchange").write_bytes(b"")
    assert connection.default_channel.get_table("pidbox") == []


def test_the_address_names_this_transport() -> None:
    broker.register()
    assert resolve_transport("folder") is broker.Transport

"""The proxy itself: a fault test is worth no more than the fault it makes."""

import socket
import threading
import time
from collections.abc import Iterator

import pytest

from tests.faults.proxy import Proxy
from tests.servers import free_port


@pytest.fixture
def proxy() -> Iterator[Proxy]:
    """Before a server that answers every chunk with the same bytes in capitals."""
    port = free_port()
    listener = socket.create_server(("127.0.0.1", port))

    def echo(client: socket.socket) -> None:
        while chunk := client.recv(100):
            client.sendall(chunk.upper())

    def serve() -> None:
        while True:
            try:
                client, _peer = listener.accept()
            except OSError:
                return
            threading.Thread(target=echo, args=[client], daemon=True).start()

    threading.Thread(target=serve, daemon=True).start()
    proxy = Proxy(("127.0.0.1", port))
    yield proxy
    proxy.close()
    listener.close()


def connect(proxy: Proxy) -> socket.socket:
    return socket.create_connection(("127.0.0.1", proxy.port), timeout=2)


def ask(client: socket.socket, text: bytes) -> bytes:
    client.sendall(text)
    return client.recv(100)


def gone(client: socket.socket) -> bool:
    """Whether the other side hung up without a word (a time-out is none)."""
    try:
        return client.recv(100) == b""
    except ConnectionResetError:
        return True


def test_it_lets_through(proxy: Proxy):
    assert ask(connect(proxy), b"abc") == b"ABC"


def test_refused_and_open_again(proxy: Proxy):
    proxy.refuse()
    with pytest.raises(ConnectionRefusedError):
        connect(proxy)
    proxy.forward()
    assert ask(connect(proxy), b"abc") == b"ABC"


def test_refusing_cuts_off_who_was_there(proxy: Proxy):
    client = connect(proxy)
    ask(client, b"abc")
    proxy.refuse()
    assert gone(client)


def test_a_black_hole_takes_connections_and_never_answers(proxy: Proxy):
    proxy.black_hole()
    client = connect(proxy)
    client.settimeout(0.3)
    with pytest.raises(TimeoutError):
        ask(client, b"abc")


def test_cut_after_some_bytes(proxy: Proxy):
    proxy.cut_after = 2
    assert ask(connect(proxy), b"abc") == b"AB"


def test_each_chunk_can_be_late(proxy: Proxy):
    proxy.delay = 0.1
    before = time.monotonic()
    assert ask(connect(proxy), b"abc") == b"ABC"
    assert time.monotonic() - before >= 0.2


def test_one_answer_gets_lost(proxy: Proxy):
    proxy.drop_answer_to = b"abc"
    client = connect(proxy)
    client.sendall(b"abc")
    assert gone(client)
    assert (proxy.dropped, ask(connect(proxy), b"abc")) == (1, b"ABC")

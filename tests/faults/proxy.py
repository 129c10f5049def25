"""A TCP proxy that misbehaves: it stands before Redis, PostgreSQL or the web server of a test."""

import socket
import struct
import threading
import time
from dataclasses import dataclass, field

from tests.servers import free_port

Target = tuple[str, int] | str
"""Host and port, or the path of a unix socket."""

RESET = struct.pack("ii", 1, 0)


@dataclass
class Proxy:
    """Forwards to `target` until told otherwise; `port` stays the same.

    `delay` seconds pass before each chunk goes on. After `cut_after` bytes of answer a connection
    is cut. `drop_answer_to` cuts the next connection whose request contains these bytes, when
    their answer comes: the other side has then done what it was asked, and nobody hears of it.
    """

    target: Target
    port: int = field(default_factory=free_port)
    delay: float = 0.0
    cut_after: int | None = None
    drop_answer_to: bytes | None = None
    dropped: int = 0
    _swallows: bool = False
    _listener: socket.socket | None = None
    _open: set[socket.socket] = field(default_factory=set)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def __post_init__(self) -> None:
        self.forward()

    def forward(self) -> None:
        """Let everything through (again)."""
        self._swallows = False
        if self._listener is None:
            self._listener = socket.create_server(("127.0.0.1", self.port), backlog=256)
            threading.Thread(target=self._accept, args=[self._listener], daemon=True).start()

    def refuse(self) -> None:
        """Nobody listens here; who was connected is cut off."""
        listener, self._listener = self._listener, None
        if listener is not None:
            # Closing alone would leave the thread in accept() with the port still open.
            listener.shutdown(socket.SHUT_RDWR)
            listener.close()
        self.cut()

    def black_hole(self) -> None:
        """Connections are taken and nothing ever answers, neither on old ones nor on new ones."""
        self.forward()
        self._swallows = True

    def cut(self) -> None:
        """Reset every open connection."""
        with self._lock:
            doomed, self._open = self._open, set()
        for one in doomed:
            _reset(one)

    def close(self) -> None:
        self.refuse()

    def _accept(self, listener: socket.socket) -> None:
        while True:
            try:
                client, _peer = listener.accept()
            except OSError:
                return
            threading.Thread(target=self._serve, args=[client], daemon=True).start()

    def _serve(self, client: socket.socket) -> None:
        try:
            server = _connect(self.target)
        except OSError:
            _reset(client)
            return
        with self._lock:
            self._open |= {client, server}
        line = _Line(self, client, server)
        threading.Thread(target=line.answers, daemon=True).start()
        line.requests()

    def take_drop(self, chunk: bytes) -> bool:
        """Whether this request is the one whose answer gets lost; only one is."""
        with self._lock:
            if self.drop_answer_to is None or self.drop_answer_to not in chunk:
                return False
            self.drop_answer_to = None
            self.dropped += 1
            return True

    def forget(self, *ends: socket.socket) -> None:
        with self._lock:
            self._open -= set(ends)
        for end in ends:
            _reset(end)


@dataclass
class _Line:
    proxy: Proxy
    client: socket.socket
    server: socket.socket
    doomed: bool = False

    def requests(self) -> None:
        while chunk := self._receive(self.client):
            self.doomed = self.doomed or self.proxy.take_drop(chunk)
            if not self._send(self.server, chunk):
                break
        self.proxy.forget(self.client, self.server)

    def answers(self) -> None:
        sent = 0
        while chunk := self._receive(self.server):
            if self.doomed:
                break
            limit = self.proxy.cut_after
            if limit is not None and sent + len(chunk) > limit:
                self._send(self.client, chunk[: limit - sent])
                break
            sent += len(chunk)
            if not self._send(self.client, chunk):
                break
        self.proxy.forget(self.client, self.server)

    def _receive(self, end: socket.socket) -> bytes:
        try:
            return end.recv(65536)
        except OSError:
            return b""

    def _send(self, end: socket.socket, chunk: bytes) -> bool:
        if self.proxy.delay:
            time.sleep(self.proxy.delay)
        if self.proxy._swallows:
            return True
        try:
            end.sendall(chunk)
        except OSError:
            return False
        return True


def _connect(target: Target) -> socket.socket:
    if isinstance(target, tuple):
        return socket.create_connection(target, timeout=None)
    plain = socket.socket(socket.AF_UNIX)
    plain.connect(target)
    return plain


def _reset(end: socket.socket) -> None:
    """Close with a reset, and wake whoever reads from it."""
    try:
        end.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, RESET)
        end.shutdown(socket.SHUT_RDWR)
    except OSError:
        pass
    end.close()

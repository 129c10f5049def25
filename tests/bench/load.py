"""Visitors who post as fast as they are answered: kept connections, one process, no threads.

The client shares the machine with what it measures, so it does little: whole requests are made
beforehand, and of an answer only status, length and body are looked at. ``Load.client_share`` says
how much of the time this process needed the processor.
"""

import selectors
import socket
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field

PATIENCE = 60.0


@dataclass
class Load:
    """``latencies`` in seconds, of all answers; ``bodies`` of those with status 201; ``server_seconds``:
    processor time of the web server, where the caller measures it."""

    seconds: float = 0.0
    client_share: float = 0.0
    server_seconds: float = 0.0
    statuses: Counter[int] = field(default_factory=Counter)
    latencies: list[float] = field(default_factory=list)
    bodies: list[bytes] = field(default_factory=list)

    @property
    def rate(self) -> float:
        """Accepted per second."""
        return self.statuses[201] / self.seconds


class Connection:
    def __init__(self, port: int) -> None:
        self.socket = socket.create_connection(("127.0.0.1", port), timeout=PATIENCE)
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.began = 0.0
        self.received = b""

    def send(self, request: bytes) -> None:
        self.received, self.began = b"", time.perf_counter()
        self.socket.sendall(request)

    def receive(self) -> tuple[int, bytes] | None:
        """Status and body, once all of it is here."""
        chunk = self.socket.recv(65536)
        if not chunk:
            raise ConnectionError(f"the server closed a kept connection after {self.received[:200]!r}")
        self.received += chunk
        head, found, body = self.received.partition(b"\r\n\r\n")
        if not found:
            return None
        _before, named, rest = head.lower().partition(b"content-length:")
        assert named, head
        if len(body) < int(rest.split(b"\r\n", 1)[0]):
            return None
        return int(head[9:12]), body


def run(port: int, requests: Iterator[bytes], *, connections: int, seconds: float) -> Load:
    """Post for so long on so many connections; what is under way at the end is waited for."""
    load, waiting = Load(), selectors.DefaultSelector()
    visitors = [Connection(port) for _ in range(connections)]
    began, used = time.perf_counter(), time.process_time()
    for visitor in visitors:
        waiting.register(visitor.socket, selectors.EVENT_READ, visitor)
        visitor.send(next(requests))
    busy = connections
    while busy:
        events = waiting.select(PATIENCE)
        if not events:
            raise TimeoutError(f"no answer for {PATIENCE:g} s")
        for key, _mask in events:
            visitor = key.data
            answer = visitor.receive()
            if answer is None:
                continue
            now = time.perf_counter()
            status, body = answer
            load.statuses[status] += 1
            load.latencies.append(now - visitor.began)
            if status == 201:
                load.bodies.append(body)
            if now - began < seconds:
                visitor.send(next(requests))
            else:
                busy -= 1
    load.seconds = time.perf_counter() - began
    load.client_share = (time.process_time() - used) / load.seconds
    for visitor in visitors:
        visitor.socket.close()
    waiting.close()
    return load

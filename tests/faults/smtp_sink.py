"""A mail server for fault tests: writes down what it accepted, misbehaves by recipient domain.

Run as a process of its own: `python -m tests.faults.smtp_sink PORT FOLDER`. In FOLDER:

- `accepted`: one line per accepted recipient: time, address, Message-ID;
- `victims`: process ids, one a line; each is killed right after a message was accepted, before the
  sender can note it, and taken off the list;
- `mood`: "451" puts everybody off for now.

Domains: refused.example answers 550, later.example 451, tarpit.example never answers in time.
"""

import asyncio
import os
import signal
import sys
import time
from pathlib import Path
from typing import Any

from aiosmtpd.smtp import SMTP

TOO_LONG = 60.0


class Sink:
    def __init__(self, folder: Path) -> None:
        self.folder = folder

    async def handle_RCPT(self, server: Any, session: Any, envelope: Any, address: str, options: Any) -> str:
        domain = address.rpartition("@")[2]
        if domain == "refused.example":
            return "550 5.1.1 no such mailbox"
        if domain == "later.example" or self._mood() == "451":
            return "451 4.7.1 come back later"
        if domain == "tarpit.example":
            await asyncio.sleep(TOO_LONG)
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:
        message_id = next(
            line.split(b":", 1)[1].strip().decode()
            for line in envelope.content.split(b"\n")
            if line.lower().startswith(b"message-id:")
        )
        with open(self.folder / "accepted", "a", encoding="utf-8") as record:
            record.writelines(f"{time.time():.3f} {to} {message_id}\n" for to in envelope.rcpt_tos)
        self._kill_next_victim()
        return "250 OK"

    def _mood(self) -> str:
        mood = self.folder / "mood"
        return mood.read_text() if mood.exists() else ""

    def _kill_next_victim(self) -> None:
        victims = self.folder / "victims"
        if not victims.exists():
            return
        first, *others = victims.read_text().split()
        if others:
            victims.write_text("\n".join(others))
        else:
            victims.unlink()
        os.kill(int(first), signal.SIGKILL)


async def serve(port: int, folder: Path) -> None:
    sink = Sink(folder)
    loop = asyncio.get_running_loop()
    server = await loop.create_server(lambda: SMTP(sink, loop=loop, enable_SMTPUTF8=True), "127.0.0.1", port)
    await server.serve_forever()


if __name__ == "__main__":
    asyncio.run(serve(int(sys.argv[1]), Path(sys.argv[2])))

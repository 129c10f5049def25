"""The engine's tick and nothing else, every so many seconds, until SIGTERM; started by ``engine``."""

import signal
import sys
import threading
import time

import django


def main() -> None:
    django.setup()
    from celery import current_app

    current_app.loader.import_default_modules()
    interval = float(sys.argv[1])
    stopping = threading.Event()
    signal.signal(signal.SIGTERM, lambda *_: stopping.set())
    while not stopping.is_set():
        began = time.monotonic()
        current_app.tasks["sla.tick"]()
        stopping.wait(max(0.0, interval - (time.monotonic() - began)))


if __name__ == "__main__":
    main()

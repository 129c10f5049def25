"""How gunicorn serves the pages: `gunicorn -c smarketing/gunicorn_conf.py smarketing.wsgi`."""

import os
from pathlib import Path

# A visitor has left long before this; a query that takes longer only keeps others waiting.
os.environ.setdefault("STATEMENT_TIMEOUT_MS", "15000")
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "smarketing.settings")

from django.conf import settings

# Read in the master: a refused start then ends here, once, instead of in every worker again and again.
_ = settings.SECRET_KEY

bind = os.environ.get("BIND", f"127.0.0.1:{os.environ.get('PORT', '8000')}")
workers = int(os.environ.get("WEB_WORKERS", "2"))
# Threads hide the time spent waiting for PostgreSQL, and each keeps its own connection.
threads = int(os.environ.get("WEB_THREADS", "4"))
worker_class = "gthread"
# The master loads the product, and workers are forked from it: half the work and memory, and one that
# died is replaced at once. Nothing that is loaded may open a connection or start a thread.
preload_app = True
timeout = 60
graceful_timeout = 10
keepalive = 5
control_socket_disable = True  # its default path is shared by every gunicorn of the account
proc_name = "smarketing"
# Heartbeats are files; on a slow disk a worker would be taken for dead.
worker_tmp_dir = "/dev/shm" if Path("/dev/shm").is_dir() and os.access("/dev/shm", os.W_OK) else None

"""The project's settings on a throw-away PostgreSQL; DATABASE_URL in the environment wins."""

import os

from smarketing.embedded import throwaway

os.environ.setdefault("SECRET_KEY", "only-for-tests-" * 4)
if "DATABASE_URL" not in os.environ:
    # Read by the project's settings, and inherited by every pytest-xdist worker.
    os.environ["DATABASE_URL"] = os.environ["THROWAWAY_DATABASE"] = throwaway.start()

from smarketing.settings import *  # noqa: F403

PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
CELERY_BROKER_URL = os.environ.get("REDIS_URL") or "memory://"
STATIC_ROOT = None
WHITENOISE_USE_FINDERS = False  # looked through again for every test client otherwise
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.InMemoryStorage"},
    "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"},
}
SLA_LEASE_SECONDS = int(os.environ.get("SLA_LEASE_SECONDS", "90"))

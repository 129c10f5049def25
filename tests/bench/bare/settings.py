"""As small as it goes with the same database settings, so that only the work differs."""

import os

import environ

database = environ.Env().db("DATABASE_URL")
database["HOST"] = database.get("OPTIONS", {}).pop("host", database["HOST"])
database["CONN_MAX_AGE"] = 600
database["CONN_HEALTH_CHECKS"] = True

SECRET_KEY = os.environ["SECRET_KEY"]
ALLOWED_HOSTS = ["127.0.0.1"]
DATABASES = {"default": database}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
INSTALLED_APPS = ["tests.bench.bare", "rest_framework"]
# Of Django's middleware only the one that says how long an answer is: kept connections need it.
MIDDLEWARE = ["django.middleware.common.CommonMiddleware"]
ROOT_URLCONF = "tests.bench.bare.web"
USE_TZ = True
REST_FRAMEWORK = {
    "DEFAULT_RENDERER_CLASSES": ["rest_framework.renderers.JSONRenderer"],
    "DEFAULT_PARSER_CLASSES": ["rest_framework.parsers.JSONParser"],
    "DEFAULT_AUTHENTICATION_CLASSES": [],
    "DEFAULT_PERMISSION_CLASSES": [],
    "UNAUTHENTICATED_USER": None,
}

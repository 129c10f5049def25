"""The servers under the tests are real ones."""

import redis
from django.db import connection


def test_database_is_postgresql_18(db):
    with connection.cursor() as cursor:
        cursor.execute("SHOW server_version_num")
        assert int(cursor.fetchone()[0]) // 10000 >= 16


def test_redis_keeps_what_it_is_given(redis_server):
    client = redis.Redis.from_url(redis_server.url)
    client.set("key", "value")
    assert client.get("key") == b"value"

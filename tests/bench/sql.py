"""The SQL of one intake, without us: captured from a request, replayed by pgbench with fresh values.

Every value that must be new is replaced: the token in address and domain, the submission's id and
fingerprint, the lock's number, the visitor's IP address; ids of rows made on the way are asked of
their sequences.
"""

import json
import re
import subprocess
from pathlib import Path
from uuid import UUID

from django.db import connection
from django.http import HttpResponse
from django.test import Client
from django.test.utils import CaptureQueriesContext, override_settings

from leads.models import Form, Submission
from smarketing.embedded.cluster import PORT, SUPERUSER, installed_programs

from .visitors import BROWSERS, values

TOKEN = "777777777777"
VISITOR = "127.0.0.1"
FRESH = "\n".join(
    [r"\set n random(100000000000, 999999999999)", *(rf"\set {part} random(0, 255)" for part in "abc")]
)
AROUND = ("COMMIT", "SAVEPOINT", "RELEASE", "ROLLBACK")
FAR = 4_000_000_000


def script_of(form: Form, *, qualified: bool, token: str = TOKEN) -> tuple[str, int]:
    """A pgbench script of one transaction, and how many statements are in it."""
    _post(form, values("1" + token[1:], qualified=qualified))  # what a process reads once, it has read
    with connection.cursor() as cursor:
        cursor.execute("SELECT schemaname || '.' || sequencename, last_value FROM pg_sequences")
        sequences = cursor.fetchall()
        # Ids that occur nowhere else, so that they can be told from other numbers.
        offset = 500_000 if qualified else 0
        far = {name: FAR + offset + place * 1_000_000 for place, (name, _last) in enumerate(sequences)}
        for name, start in far.items():
            if _is_wide(cursor, name):
                cursor.execute("SELECT setval(%s, %s)", [name, start])
    posted = values(token, qualified=qualified)
    with override_settings(PREPARED_STATEMENTS=False), CaptureQueriesContext(connection) as queries:
        answer = _post(form, posted)
    submission = Submission.objects.get(pk=UUID(json.loads(answer.content)["submission"]))
    assert submission.status == "processed", submission.error
    with connection.cursor() as cursor:
        for name, last in sequences:
            if _is_wide(cursor, name):
                cursor.execute("SELECT setval(%s, %s, %s)", [name, last or 1, last is not None])
    # BEGIN and COMMIT leave with what stands between them; here they stand around everything.
    sent = [
        re.sub(r"^BEGIN;?\s*|;?\s*COMMIT(?=;|$)", "", query["sql"].strip()).rstrip(";") for query in queries
    ]
    statements = [sql for sql in sent if sql and not sql.startswith(AROUND)]
    written = [_freshen(sql, submission, far, token) for sql in statements]
    return "\n".join([FRESH, "BEGIN;", *(f"{sql};" for sql in written), "COMMIT;", ""]), len(written)


def _post(form: Form, posted: dict[str, object]) -> HttpResponse:
    answer = Client(headers={"user-agent": BROWSERS[0]}).post(
        f"/api/v1/forms/{form.pk}/submissions",
        json.dumps(posted),
        content_type="application/json",
        REMOTE_ADDR=VISITOR,
    )
    assert answer.status_code == 201, answer.content
    return answer


def _is_wide(cursor: object, name: str) -> bool:
    cursor.execute("SELECT max_value FROM pg_sequences WHERE schemaname || '.' || sequencename = %s", [name])  # type: ignore[attr-defined]
    return bool(cursor.fetchone()[0] > FAR * 10)  # type: ignore[attr-defined]


def _freshen(sql: str, submission: Submission, far: dict[str, int], token: str) -> str:
    own, mark = str(submission.pk), submission.fingerprint
    # The statements of one message stay one message; here all is one transaction, which waits for
    # the disk at its end, as the last of ours does.
    sql = re.sub(r"set_config\('synchronous_commit', 'off', true\),?", "", sql)
    sql = re.sub(r";(\s*(?:INSERT|SELECT|UPDATE|WITH))", r"\\;\1", sql)
    sql = re.sub(r"pg_advisory_xact_lock\(\s*-?\d+\)", "pg_advisory_xact_lock(:n)", sql)
    sql = sql.replace(token, ":n").replace(own, own[:24] + ":n").replace(mark, mark[:-12] + ":n")
    sql = sql.replace(VISITOR, "10.:a.:b.:c")
    for name, start in far.items():
        sql = sql.replace(f":{start + 1}'", f":' || currval('{name}')")  # in a text: 'assignment:7'
        sql = re.sub(rf"\b{start + 1}\b", f"currval('{name}')", sql)
    left = re.search(r"\b40\d{8}\b", sql)
    assert left is None, f"an id that was made on the way is left in: {sql}"
    return sql


def pgbench(folder: Path, scripts: dict[str, int], *, connections: int, seconds: float) -> float:
    """Transactions per second of these scripts (text → weight)."""
    given = connection.settings_dict
    command = [str(installed_programs() / "bin" / "pgbench"), "--no-vacuum", "--protocol=simple"]
    command += ["-h", str(given["HOST"]), "-p", str(given["PORT"] or PORT), "-U", SUPERUSER]
    command += ["-c", str(connections), "-j", "1", "-T", str(max(1, round(seconds)))]
    for place, (script, weight) in enumerate(scripts.items()):
        file = folder / f"script-{place}.sql"
        file.write_text(script, encoding="utf-8")
        command += ["-f", f"{file}@{weight}"]
    done = subprocess.run([*command, str(given["NAME"])], capture_output=True, text=True, check=False)
    found = re.search(r"tps = ([\d.]+)", done.stdout)
    if done.returncode or found is None:
        raise RuntimeError(f"pgbench: {done.stdout}\n{done.stderr[-3000:]}")
    return float(found[1])

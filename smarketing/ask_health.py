"""`python -m smarketing.ask_health [path]`: exit 0 when this machine's web server answers 200.

For container health checks: slim images have no curl. Asked under the site's own name and as if
by https, because any other request is refused or redirected.
"""

import os
import sys
import urllib.error
import urllib.request
from urllib.parse import urlsplit


def main(path: str = "/healthz") -> int:
    port = os.environ.get("BIND", f":{os.environ.get('PORT', '8000')}").rpartition(":")[2]
    host = urlsplit(os.environ.get("SITE_URL", "")).hostname or "127.0.0.1"
    request = urllib.request.Request(f"http://127.0.0.1:{port}{path}", headers={"Host": host})
    try:
        with urllib.request.urlopen(request, timeout=4) as answer:
            return 0 if answer.status == 200 else 1
    except urllib.error.HTTPError as error:
        sys.stderr.write(error.read().decode(errors="replace") + "\n")
        return 1
    except OSError as error:
        sys.stderr.write(f"{error}\n")
        return 1


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:2]))

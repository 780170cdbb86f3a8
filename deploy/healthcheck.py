"""Ask Flasky on this machine whether it lives, under its own name; exit with 1 if it does not."""

import http.client
import os
import sys

SECONDS = 5

host = os.environ["TRUSTED_HOSTS"].split(",")[0].strip().removeprefix(".")
connection = http.client.HTTPConnection("127.0.0.1", 8000, timeout=SECONDS)
try:
    connection.request("GET", "/healthz", headers={"Host": host})
    sys.exit(connection.getresponse().status != http.HTTPStatus.OK)
except OSError:
    sys.exit(1)

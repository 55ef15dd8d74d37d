#!/usr/bin/env bash
# The client of PostHog takes an event's timestamp as a text of ISO 8601. If the text is a day alone, the event gets the time at which it is
# sent, with a line in a log, and the call returns as usual. If the value is a date of Python, or a number of seconds, the event is not sent
# at all: the call returns None, and logs that.
#
# Version: posthog 7.91.1 (PyPI).   Needs: bash, Python 3 with venv.
# Hurts: imports of what happened before: years of orders are all of today.
# Expected: midnight, or an error. Here: a time that cannot be read is a finding and is left out.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
python3 -m venv python
python/bin/pip install -q --disable-pip-version-check posthog==7.91.1

cat > show.py <<'END'
import datetime
import http.server
import json
import logging
import threading

import posthog

logging.disable()
sent = []


class Server(http.server.BaseHTTPRequestHandler):
    """Takes all there is."""

    def do_POST(self):
        sent.extend(json.loads(self.rfile.read(int(self.headers["Content-Length"])))["batch"])
        self.send_response(200)
        self.send_header("Content-Length", "2")
        self.end_headers()
        self.wfile.write(b"{}")

    def log_message(self, *_):
        pass


server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Server)
threading.Thread(target=server.serve_forever, daemon=True).start()
client = posthog.Posthog("key", host=f"http://127.0.0.1:{server.server_port}", sync_mode=True)
for timestamp in (
    "2020-01-31T10:11:12Z", "2020-01-31T10:11:12+02:00", "2020-01-31T10:11:12", "2020-01-31 10:11:12", "2020-01-31", "20200131T101112Z",
    "2020-01-31T10:11Z", datetime.datetime(2020, 1, 31, 10, 11, 12), datetime.date(2020, 1, 31), 1580465472,
):
    sent.clear()
    answer = client.capture("order", distinct_id="u1", timestamp=timestamp)
    seen = [event["timestamp"] if event["timestamp"].startswith("2020") else "now" for event in sent]
    print(f"{timestamp!r}: sent {' '.join(seen) or 'nothing'}, returned {'an id' if answer else answer}")
END
TZ=Europe/Berlin python/bin/python show.py > seen 2> said || { cat said; exit 1; }
cat seen
diff seen - <<'END'
'2020-01-31T10:11:12Z': sent 2020-01-31T10:11:12+00:00, returned an id
'2020-01-31T10:11:12+02:00': sent 2020-01-31T08:11:12+00:00, returned an id
'2020-01-31T10:11:12': sent 2020-01-31T10:11:12+00:00, returned an id
'2020-01-31 10:11:12': sent 2020-01-31T10:11:12+00:00, returned an id
'2020-01-31': sent now, returned an id
'20200131T101112Z': sent 2020-01-31T10:11:12+00:00, returned an id
'2020-01-31T10:11Z': sent 2020-01-31T10:11:00+00:00, returned an id
datetime.datetime(2020, 1, 31, 10, 11, 12): sent 2020-01-31T10:11:12+00:00, returned an id
datetime.date(2020, 1, 31): sent nothing, returned None
1580465472: sent nothing, returned None
END

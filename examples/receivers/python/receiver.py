"""A shop's webhook endpoint: verifies, stores, answers; what is to be done is done afterwards.

pip install -r requirements.txt && SAOMA_WEBHOOK_SECRET=whsec_… python3 receiver.py    (3.9 or later)
"""

import json
import os
import sqlite3
import sys
import threading
import traceback
from contextlib import closing
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from standardwebhooks.webhooks import Webhook, WebhookVerificationError

WEBHOOK = Webhook(os.environ["SAOMA_WEBHOOK_SECRET"])
EVENTS_FILE = os.environ.get("EVENTS_FILE", "events.db")
WORKING = threading.Lock()

# An event has some kilobytes; whoever sends more is not Saoma.
BODY_BYTES_MAX = 256 * 1024


def events():
    """The store. SQLite writes to the disk before a commit returns, so what is answered is stored."""
    store = sqlite3.connect(EVENTS_FILE, timeout=1)
    store.execute(
        "CREATE TABLE IF NOT EXISTS events (id TEXT PRIMARY KEY, type TEXT NOT NULL,"
        " data TEXT NOT NULL, done INTEGER NOT NULL DEFAULT 0)"
    )
    return store


def receive(headers, body):
    """The status that answers. The same event comes again whenever our answer was lost: its id
    makes the second one nothing."""
    try:
        told = WEBHOOK.verify(body, dict(headers))
    except (WebhookVerificationError, ValueError):  # ValueError: headers that are no headers
        return 401
    row = (headers["webhook-id"], told["type"], json.dumps(told["data"]))
    with closing(events()) as store, store:
        store.execute("INSERT INTO events (id, type, data) VALUES (?, ?, ?) ON CONFLICT (id) DO NOTHING", row)
    return 204


def handle(event_id, event_type, data):
    """Your shop's work, which may take longer than an answer. It may be called twice for one event."""
    told = {key: data.get(key) for key in ("reference", "status", "late")}
    refund = data.get("refund", {}).get("reference")
    print(json.dumps({"id": event_id, "type": event_type, **told, "refund": refund}), flush=True)


def work():
    # Each request has a thread of its own: their work is done one after the other.
    with WORKING, closing(events()) as store:
        undone = store.execute("SELECT id, type, data FROM events WHERE done = 0 ORDER BY rowid")
        for event_id, event_type, data in undone.fetchall():
            # One that fails keeps no other waiting, and takes nothing back that was done before it.
            try:
                handle(event_id, event_type, json.loads(data))
                with store:
                    store.execute("UPDATE events SET done = 1 WHERE id = ?", (event_id,))
            except Exception:
                traceback.print_exc()


class Endpoint(BaseHTTPRequestHandler):
    timeout = 10

    def do_POST(self):
        try:
            status = self.take()
        except Exception:  # Not stored, for whatever reason: a 500 brings the event again.
            traceback.print_exc()
            status = 500
        self.send_response(status)
        self.end_headers()
        if status < 300:
            # What fails here is done with the next event, or at the next start.
            work()

    def take(self):
        length = int(self.headers.get("Content-Length", 0))
        if not 0 < length <= BODY_BYTES_MAX:
            return 413
        # The body as it came, byte for byte: that is what is signed.
        return receive(self.headers, self.rfile.read(length))

    def log_message(self, *_):
        pass


if __name__ == "__main__":
    work()
    server = ThreadingHTTPServer(("127.0.0.1", int(os.environ.get("PORT", 3000))), Endpoint)
    print(f"listening on {server.server_port}", file=sys.stderr, flush=True)
    server.serve_forever()

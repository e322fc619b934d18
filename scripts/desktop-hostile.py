#!/usr/bin/env python3
"""Stands in for `deskhand serve --json` with a page that tries to get out of the window, as after a break-in.

The page has no content security policy: only the window is in its way. What reaches another origin, and what the page
finds out, is written to the file named by HOSTILE_LOG, a line each.
"""

import json
import os
import sys
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

LOG = os.environ["HOSTILE_LOG"]
PAGE = """<!doctype html><title>Hostile · Deskhand</title>
<body style="margin:0"><button id="link" style="width:100vw;height:100vh">Click</button><script>
const elsewhere = 'http://127.0.0.1:%d/';
const tell = (what) => fetch('/report', { method: 'POST', body: what });
const wait = (ms) => new Promise((done) => setTimeout(done, ms));
async function call(command, args) {
  try {
    if (!window.__TAURI_INTERNALS__) return tell('refused ' + command);
    const answer = window.__TAURI_INTERNALS__.invoke(command, args);
    const late = wait(1500).then(() => Promise.reject('no answer'));
    await Promise.race([answer, late]);
    return tell('ANSWERED ' + command);
  } catch (error) {
    return tell('refused ' + command);
  }
}
document.getElementById('link').onclick = () => window.open(elsewhere + 'clicked', '_blank', 'noopener');
(async () => {
  for (const [command, args] of [
    ['plugin:app|version', {}],
    ['plugin:window|set_title', { label: 'main', value: 'x' }],
    ['plugin:event|listen', { event: 'x', target: { kind: 'Any' }, handler: 1 }],
    ['plugin:autostart|enable', {}],
    ['plugin:global-shortcut|unregister_all', {}],
    ['plugin:webview|create_webview_window', { options: { label: 'y', url: elsewhere + 'ipc' } }],
  ]) await call(command, args);
  window.open(elsewhere + 'popup', '_blank');
  const frame = document.createElement('iframe');
  frame.src = elsewhere + 'frame';
  document.body.append(frame);
  const written = document.createElement('iframe');
  written.srcdoc = '<script>location = "' + elsewhere + 'written"; parent.postMessage("written", "*")<' + '/script>';
  addEventListener('message', () => tell('a frame of our own runs'));
  document.body.append(written);
  const form = document.createElement('form');
  form.method = 'post'; form.action = elsewhere + 'form';
  document.body.append(form);
  form.submit();
  await wait(500);
  location.href = 'file:///etc/passwd';
  await wait(500);
  location.href = elsewhere + 'location';
  await wait(500);
  await tell('still here ' + document.title);
})();
</script>"""


def note(line):
    with open(LOG, "a", encoding="utf-8") as log:
        log.write(line + "\n")


class Handler(BaseHTTPRequestHandler):
    def log_message(self, *_):
        pass

    def answer(self, body, kind="text/html"):
        self.send_response(200)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)


class Elsewhere(Handler):
    def do_GET(self):
        note(f"ESCAPED {self.path}")
        self.answer(b"elsewhere")

    do_POST = do_GET


class Home(Handler):
    def do_GET(self):
        if self.path == "/api/v1/tasks":
            self.answer(b"[]", "application/json")
        elif self.path == "/api/v1/events":
            self.send_response(200)
            self.send_header("Content-Type", "text/event-stream")
            self.end_headers()
            self.wfile.flush()
            threading.Event().wait()
        else:
            self.answer((PAGE % elsewhere.server_port).encode())

    def do_POST(self):
        note(self.rfile.read(int(self.headers["Content-Length"])).decode())
        self.answer(b"")


elsewhere = ThreadingHTTPServer(("127.0.0.1", 0), Elsewhere)
home = ThreadingHTTPServer(("127.0.0.1", 0), Home)
for server in (elsewhere, home):
    server.daemon_threads = True
threading.Thread(target=elsewhere.serve_forever, daemon=True).start()
port = home.server_port
print(json.dumps({"url": f"http://127.0.0.1:{port}/#token=00", "port": port, "pid": os.getpid()}))
sys.stdout.flush()
home.serve_forever()

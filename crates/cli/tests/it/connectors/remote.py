"""A server of MCP (2025-11-25, HTTP) on a port of its own, which it prints. It writes what its tools are called with into the
file its argument names."""

import json
import sys
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

QUERY = {"type": "object", "properties": {"query": {"type": "string"}}}
RESULTS = {
    "initialize": {"protocolVersion": "2025-11-25", "serverInfo": {"name": "notes", "version": "1"}, "capabilities": {"tools": {}}},
    "tools/list": {"tools": [{"name": "find_notes", "annotations": {"readOnlyHint": True}, "inputSchema": QUERY}]},
    "tools/call": {"content": [{"type": "text", "text": "found"}]},
}


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def log_message(self, *_):
        pass

    def answer(self, status, value=None):
        body = b"" if value is None else json.dumps(value).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def do_GET(self):
        self.answer(405)

    def do_DELETE(self):
        self.answer(405)

    def do_POST(self):
        message = json.loads(self.rfile.read(int(self.headers.get("Content-Length", 0))))
        if message.get("method") == "tools/call":
            with open(sys.argv[1], "a") as out:
                out.write(json.dumps(message["params"]) + "\n")
        if "id" not in message:
            self.answer(202)
        elif message["method"] in RESULTS:
            self.answer(200, {"jsonrpc": "2.0", "id": message["id"], "result": RESULTS[message["method"]]})
        else:
            error = {"code": -32601, "message": "unknown method"}
            self.answer(200, {"jsonrpc": "2.0", "id": message["id"], "error": error})


server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
print(server.server_port, flush=True)
server.serve_forever()

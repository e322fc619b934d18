"""A server of MCP (2025-11-25, HTTP) that wants a sign-in with a client registered beforehand, and takes none by itself. It prints
its port, and writes what its token endpoint was told into the file its argument names."""

import base64
import json
import sys
import urllib.parse
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def log_message(self, *_):
        pass

    def answer(self, status, value=None, **headers):
        body = b"" if value is None else json.dumps(value).encode()
        self.send_response(status)
        for name, text in {"Content-Type": "application/json", "Content-Length": str(len(body)), **headers}.items():
            self.send_header(name, text)
        self.end_headers()
        self.wfile.write(body)

    def do_GET(self):
        if self.path.startswith("/.well-known/oauth-protected-resource"):
            self.answer(200, {"resource": f"{origin}/mcp", "authorization_servers": [origin]})
        elif self.path.startswith("/.well-known/oauth-authorization-server"):
            self.answer(200, {"issuer": origin, "authorization_endpoint": f"{origin}/authorize",
                              "token_endpoint": f"{origin}/token", "response_types_supported": ["code"],
                              "code_challenge_methods_supported": ["S256"]})
        else:
            self.answer(405 if self.path == "/mcp" else 404)

    def do_POST(self):
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        if self.path == "/token":
            form = dict(urllib.parse.parse_qsl(body.decode()))
            told = {"id": form.get("client_id"), "secret": form.get("client_secret"), "redirect": form.get("redirect_uri")}
            sent = self.headers.get("Authorization", "")
            if sent.startswith("Basic "):
                told["id"], told["secret"] = base64.b64decode(sent[6:]).decode().split(":", 1)
            with open(sys.argv[1], "a") as out:
                out.write(json.dumps(told) + "\n")
            self.answer(200, {"access_token": "t1", "token_type": "Bearer", "expires_in": 3600})
        elif self.path != "/mcp":
            self.answer(404)
        elif self.headers.get("Authorization") != "Bearer t1":
            self.answer(401, **{"WWW-Authenticate": f'Bearer resource_metadata="{origin}/.well-known/oauth-protected-resource"'})
        else:
            message = json.loads(body)
            results = {"initialize": {"protocolVersion": "2025-11-25", "serverInfo": {"name": "chat", "version": "1"},
                                      "capabilities": {"tools": {}}},
                       "tools/list": {"tools": [{"name": "find_messages", "inputSchema": {"type": "object"}}]}}
            if "id" not in message:
                self.answer(202)
            elif message["method"] in results:
                self.answer(200, {"jsonrpc": "2.0", "id": message["id"], "result": results[message["method"]]})
            else:
                error = {"code": -32601, "message": "unknown method"}
                self.answer(200, {"jsonrpc": "2.0", "id": message["id"], "error": error})


server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
origin = f"http://127.0.0.1:{server.server_port}"
print(server.server_port, flush=True)
server.serve_forever()

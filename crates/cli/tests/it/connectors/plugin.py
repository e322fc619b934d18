"""A server of a plugin (MCP 2025-11-25, stdio). It writes down each `initialize` in the file its first argument names, and its
only tool tells with what it was started."""

import json
import os
import sys

with open(sys.argv[1], "a") as out:
    for line in sys.stdin:
        message = json.loads(line)
        method, id = message.get("method"), message.get("id")
        answer = None
        if method == "initialize":
            out.write("initialize\n")
            out.flush()
            answer = {"protocolVersion": "2025-11-25", "serverInfo": {"name": "clock", "version": "1"},
                      "capabilities": {"tools": {}}}
        elif method == "tools/list":
            answer = {"tools": [{"name": "started_with", "description": "Tells with what it was started.",
                                 "annotations": {"readOnlyHint": True}, "inputSchema": {"type": "object"}}]}
        elif method == "tools/call":
            started = {"args": sys.argv[1:], "env": {name: value for name, value in os.environ.items()
                                                     if name.startswith("CLAUDE_") or name == "OWN"}}
            answer = {"content": [{"type": "text", "text": json.dumps(started)}]}
        if answer is not None:
            print(json.dumps({"jsonrpc": "2.0", "id": id, "result": answer}), flush=True)
        elif id is not None and method:
            error = {"code": -32601, "message": "unknown method"}
            print(json.dumps({"jsonrpc": "2.0", "id": id, "error": error}), flush=True)

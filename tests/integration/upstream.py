"""A component of a seat as the ingress sees one: says what it was asked, echoes on websockets.

It runs on its own in a container, with nothing but Python: `python3 -c <this file> COMPONENT`.
"""

from __future__ import annotations

import asyncio
import base64
import hashlib
import json
import sys

PORTS = (3000, 7243, 8080, 8233, 8888, 9090, 9233)

_GUID = b"258EAFA5-E914-47DA-95CA-C5AB0DC85B11"  # RFC 6455, 1.3


async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    try:
        while True:
            head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").split("\r\n")
            fields = [line.partition(": ") for line in head[1:] if line]
            headers = [(name.lower(), value) for name, _, value in fields]
            await reader.readexactly(int(dict(headers).get("content-length", "0")))
            if dict(headers).get("upgrade") == "websocket":
                await echo(reader, writer, dict(headers)["sec-websocket-key"])
                return
            method, uri, _ = head[0].split(" ")
            body = json.dumps(
                {
                    "component": sys.argv[1],
                    "port": writer.get_extra_info("sockname")[1],
                    "method": method,
                    "uri": uri,
                    "headers": headers,
                }
            ).encode()
            writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n%s" % (len(body), body))
    except (ConnectionError, asyncio.IncompleteReadError):
        pass
    finally:
        writer.close()


async def echo(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, key: str) -> None:
    accept = base64.b64encode(hashlib.sha1(key.encode() + _GUID).digest())  # noqa: S324 - RFC 6455
    writer.write(
        b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
        b"Sec-WebSocket-Accept: %s\r\n\r\n" % accept
    )
    while data := await reader.read(1024):
        writer.write(data)


async def main() -> None:
    servers = [await asyncio.start_server(serve, "0.0.0.0", port) for port in PORTS]  # noqa: S104
    await asyncio.gather(*(server.serve_forever() for server in servers))


if __name__ == "__main__":
    asyncio.run(main())

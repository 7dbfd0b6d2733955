"""A codec server: shows payloads to those who may read them, in the Temporal UI and the CLI.

The UI sends it what it got from Temporal's server, and shows what comes back. The key stays here;
the UI's own server never sees plain text, only the browser does. `python codec_server.py` runs it.
"""

from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from google.protobuf.json_format import MessageToJson, Parse
from temporalio.api.common.v1 import Payloads

from encryption import decrypted, encrypted
from labkit import seat

PORT = 8091
TRANSLATIONS = {"/decode": decrypted, "/encode": encrypted}


class CodecHandler(BaseHTTPRequestHandler):
    """Answers what Temporal's UI and CLI ask of a codec server."""

    def do_OPTIONS(self) -> None:
        """Answer a browser that asks whether a page of another origin may ask."""
        self._answer(HTTPStatus.NO_CONTENT, "")

    def do_POST(self) -> None:
        """Answer payloads with payloads, as many as came."""
        translate = TRANSLATIONS.get(self.path)
        if translate is None:
            self._answer(HTTPStatus.NOT_FOUND, "There is /decode and /encode here.")
            return
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        try:
            asked = Parse(body, Payloads(), ignore_unknown_fields=True)
            answer = Payloads(payloads=map(translate, asked.payloads))
        except Exception as error:  # whatever it is, it is about what was sent
            self._answer(HTTPStatus.BAD_REQUEST, f"{type(error).__name__}: {error}")
        else:
            self._answer(HTTPStatus.OK, MessageToJson(answer))

    def _answer(self, status: HTTPStatus, text: str) -> None:
        self.send_response(status)
        # CORS: of other origins' pages, those of this seat may read the answer, and no others.
        self.send_header("Access-Control-Allow-Origin", seat().url)
        self.send_header("Access-Control-Allow-Methods", "POST")
        self.send_header("Access-Control-Allow-Headers", "content-type, x-namespace")
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(text.encode())))
        self.end_headers()
        self.wfile.write(text.encode())


if __name__ == "__main__":
    print(f"Codec    http://localhost:{PORT}, in the Temporal UI {seat().url}/workspace/codec")
    try:
        ThreadingHTTPServer(("127.0.0.1", PORT), CodecHandler).serve_forever()
    except KeyboardInterrupt:
        print("\nThe codec server ends.")

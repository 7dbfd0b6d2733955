"""Passes what the Temporal UI asks of a codec server on to the one that the attendee runs.

A seat has one host name, and of its workspace only JupyterLab is behind it. So this is where the
UI, a page of the same origin, reaches a codec server.
"""

from __future__ import annotations

from jupyter_server.base.handlers import JupyterHandler
from tornado.httpclient import AsyncHTTPClient, HTTPRequest

PORT = 8091
PASSED_ON = ("Content-Type", "Origin", "X-Namespace")
PASSED_BACK = ("Access-Control-", "Content-Type")


class CodecHandler(JupyterHandler):
    """Serves `<base_url>codec/decode` and `/encode`, as long as a codec server runs."""

    def check_xsrf_cookie(self) -> None:
        """Let the UI's pages in, which know nothing of Jupyter's cookie.

        Nothing is changed by what they ask for, and the answer can be read by pages of the same
        origin, and of those that the codec server names.
        """

    async def options(self, what: str) -> None:
        """Ask the codec server who may ask."""
        await self._pass_on(what)

    async def post(self, what: str) -> None:
        """Have payloads translated."""
        await self._pass_on(what)

    async def _pass_on(self, what: str) -> None:
        headers = self.request.headers
        question = HTTPRequest(
            f"http://127.0.0.1:{PORT}/{what}",
            method=self.request.method,
            headers={name: headers[name] for name in PASSED_ON if name in headers},
            body=self.request.body or None,
            allow_nonstandard_methods=True,
        )
        try:
            answer = await AsyncHTTPClient().fetch(question, raise_error=False)
        except OSError:
            self.set_status(502)
            self.finish("No codec server runs here. Start it in its folder: python codec_server.py")
            return
        self.set_status(answer.code)
        for name, value in answer.headers.get_all():
            if name.startswith(PASSED_BACK):
                self.set_header(name, value)
        self.finish(answer.body or None)

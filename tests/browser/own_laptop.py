"""An attendee's own laptop: the programs that a workspace has, and nothing that a seat knows.

It is a container on the machine's own network, with what the seat's home shows pasted into a shell.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from textwrap import indent

from playwright.sync_api import Page

from tests.browser.classroom import SEAT
from tests.integration.conftest import Room

PATIENCE_SECONDS = 90

PROGRAM = """
import asyncio

from temporalio import workflow
from temporalio.worker import Worker


@workflow.defn(sandboxed=False)
class FromALaptop:
    @workflow.run
    async def run(self, name: str) -> str:
        return f"Hello {name}, from the seat"


async def main() -> None:
LINES
    async with Worker(client, task_queue="laptop", workflows=[FromALaptop]):
        told = client.execute_workflow(
            FromALaptop.run, "Ada", id="from-a-laptop", task_queue="laptop"
        )
        print(await told)


asyncio.run(main())
"""


@dataclass(frozen=True)
class Laptop:
    """A laptop in front of a seat's home.

    Attributes:
        room: the classroom.
        home: the seat's home, open in a browser.
        folder: where its shell is.
    """

    room: Room
    home: Page
    folder: Path

    def __post_init__(self) -> None:
        self.folder.chmod(0o755)  # the image's user is somebody else

    def shown(self, name: str) -> str:
        """Return a text that the home offers to copy."""
        return self.home.locator(f"#{name}").text_content() or ""

    def through_the_page(self) -> str:
        """Return the address that the home names for networks that block the server's port."""
        hint = self.home.locator(".hint", has_text="blocks that port")
        return hint.locator("code").text_content() or ""

    def types(self, *lines: str, hosts: bool = True) -> str:
        """Type lines into a shell that ends at the first that fails; return all that was said.

        Args:
            lines: as the home shows them.
            hosts: whether the line for the hosts file was added there.
        """
        client = self.room.client
        image = client.inspect_container(f"{self.room.name}-{SEAT}-workspace")["Config"]["Image"]
        container = client.create_container(
            image,
            entrypoint=["bash", "-e", "-c", "\n".join(lines)],
            command=[],
            working_dir="/laptop",
            host_config=client.create_host_config(
                network_mode="host",
                extra_hosts=self._hosts() if hosts else None,
                binds={str(self.folder): {"bind": "/laptop", "mode": "ro"}},
            ),
        )["Id"]
        try:
            client.start(container)
            code = client.wait(container, timeout=PATIENCE_SECONDS)["StatusCode"]
            said: str = client.logs(container).decode()
        finally:
            client.remove_container(container, force=True)
        return said if code == 0 else f"exit code {code}: {said}"

    def runs_python(self) -> str:
        """Run a worker and a workflow with the home's lines of Python; return what is printed."""
        program = PROGRAM.replace("LINES", indent(self.shown("python"), "    "))
        return self.types(self.shown("shell"), f"python - <<'END'\n{program}\nEND")

    def _hosts(self) -> dict[str, str]:
        address, name = self.shown("hosts-line").split()
        return {name: address}

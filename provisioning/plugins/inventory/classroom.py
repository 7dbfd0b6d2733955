"""Ansible inventory: a host per stack, desired and observed together, each with its plan."""

from __future__ import annotations

from typing import Any

from ansible.errors import AnsibleParserError
from ansible.plugins.inventory import BaseInventoryPlugin

from classroom.engine import client
from classroom.engine.planning import Request, look, make_plan
from classroom.errors import ClassroomError
from classroom.plan import names

DOCUMENTATION = """
name: classroom
short_description: The stacks of a classroom, each with its plan
description:
  - Reads the class file, looks at the Docker engine once, and gives every stack as a host
    (seats in the group C(seats), the front door in the group C(front)) with its plan in the
    variable C(classroom_plan). A surplus stack is a host whose plan removes it.
options:
  plugin:
    description: Marks a file as this plugin's.
    required: true
    choices: [classroom]
"""


class InventoryModule(BaseInventoryPlugin):  # type: ignore[misc]  # ansible-core ships no types
    """Plans once, in the parent; forks inherit what was imported."""

    NAME = "classroom"

    def verify_file(self, path: str) -> bool:
        """Whether ``path`` is this plugin's."""
        return bool(super().verify_file(path)) and path.endswith("classroom.inventory.yml")

    def parse(self, inventory: Any, loader: Any, path: str, cache: bool = True) -> None:
        """Add a host per stack of the plan."""
        super().parse(inventory, loader, path, cache)
        try:
            request = Request.from_environment()
            loaded = request.load()
            plan = make_plan(request, loaded, look(loaded, client.connect()))
        except ClassroomError as error:
            raise AnsibleParserError(str(error)) from error
        for group in ("seats", "front"):
            inventory.add_group(group)
        for name, stack in plan.stacks.items():
            group = "front" if name == names.INGRESS else "seats"
            inventory.add_host(name, group=group)
            inventory.set_variable(name, "classroom_plan", stack.to_data())
            inventory.set_variable(name, "ansible_connection", "local")

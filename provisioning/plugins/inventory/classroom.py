"""Ansible inventory: a host per stack, desired and observed together, each with its plan."""

from __future__ import annotations

from contextlib import ExitStack
from typing import Any

from ansible import context
from ansible.errors import AnsibleParserError
from ansible.plugins.inventory import BaseInventoryPlugin

from classroom.engine import client
from classroom.engine.lock import descriptors, exclusive
from classroom.engine.planning import Request, keep_number, look, make_plan, state_folder
from classroom.errors import ClassroomError
from classroom.plan import names

DOCUMENTATION = """
name: classroom
short_description: The stacks of a classroom, each with its plan
description:
  - Reads the class file, looks at the Docker engine once, and gives every stack as a host
    (seats in the group C(seats), the front door in the group C(front)) with its plan in the
    variable C(classroom_plan), and in C(classroom_changes) whether it changes anything. A surplus
    stack is a host whose plan removes it. The group C(unready) is there to be filled.
  - Run by hand, without C(make provision), nobody was asked whether seats may go. So none does,
    even if the class file names fewer, and a run that changes something holds the classroom's lock.
options:
  plugin:
    description: Marks a file as this plugin's.
    required: true
    choices: [classroom]
"""


_UNTIL_THE_END = ExitStack()


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
            by_hand = not descriptors()
            if by_hand and context.CLIARGS.get("check") is False:
                state = state_folder(loaded.class_file.name)
                state.ensure()
                _UNTIL_THE_END.enter_context(exclusive(state.path, "ansible-playbook"))
            observed = look(loaded, client.connect())
            if by_hand:
                request = keep_number(request, loaded, observed)
                loaded = request.load()
            plan = make_plan(request, loaded, observed)
        except ClassroomError as error:
            raise AnsibleParserError(str(error)) from error
        for group in ("seats", "front", "unready"):
            inventory.add_group(group)
        for name, stack in plan.stacks.items():
            group = "front" if name == names.INGRESS else "seats"
            inventory.add_host(name, group=group)
            inventory.set_variable(name, "classroom_plan", stack.to_data())
            inventory.set_variable(name, "classroom_changes", bool(stack.changes))
            inventory.set_variable(name, "ansible_connection", "local")

"""Remove what a killed test run left behind: everything called ``cwt…``, nothing else."""

from __future__ import annotations

import docker
from docker.errors import APIError, NotFound

from classroom.engine.firewall import KEPT, in_force
from classroom.engine.state import StateFolder
from classroom.plan.firewall import PREFIX as FIREWALL_PREFIX
from classroom.watch import service
from tests.integration.conftest import ROOT, remove_firewall

PREFIX = "cwt"


def sweep() -> list[str]:
    """End who watches test rooms, remove their containers, networks, volumes; return the names."""
    client = docker.APIClient(version="1.41")
    removed = []
    # First, for it would start what is being removed.
    for folder in (ROOT / ".classroom").glob(f"{PREFIX}*"):
        if ended := service.end(folder.name, StateFolder(ROOT, folder.name)):
            removed.append(f"{ended} ({folder.name})")
    for container in client.containers(all=True):
        name = container["Names"][0].removeprefix("/")
        if name.startswith(PREFIX):
            client.remove_container(container["Id"], force=True, v=True)
            removed.append(name)
    for network in client.networks():
        if network["Name"].startswith(PREFIX):
            for container in client.inspect_network(network["Id"])["Containers"]:
                client.disconnect_container_from_network(container, network["Id"], force=True)
            client.remove_network(network["Id"])
            removed.append(network["Name"])
    for volume in client.volumes()["Volumes"] or ():
        if volume["Name"].startswith(PREFIX):
            try:
                client.remove_volume(volume["Name"])
            except (APIError, NotFound) as error:
                print(f"left {volume['Name']}: {error}")
            else:
                removed.append(volume["Name"])
    for classroom in guarded_rooms():
        remove_firewall(classroom)
        removed.append(f"firewall of {classroom}")
    return removed


def guarded_rooms() -> set[str]:
    """Return the test classrooms that have firewall rules, in force or kept."""
    lines = in_force()[1].text.splitlines()
    marks = (f":{FIREWALL_PREFIX}{PREFIX}", "-fwd ")
    in_tables = {
        line.partition(" ")[0].removeprefix(f":{FIREWALL_PREFIX}").removesuffix("-fwd")
        for line in lines
        if line.startswith(marks[0]) and marks[1] in line
    }
    return in_tables | {path.stem for path in KEPT.glob(f"{PREFIX}*.rules")}


if __name__ == "__main__":
    for item in sweep():
        print(f"removed {item}")

"""Remove what a killed test run left on the engine: everything called ``cwt…``, nothing else."""

from __future__ import annotations

import docker
from docker.errors import APIError, NotFound

PREFIX = "cwt"


def sweep() -> list[str]:
    """Remove test containers, networks and volumes; return their names."""
    client = docker.APIClient(version="1.41")
    removed = []
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
    return removed


if __name__ == "__main__":
    for item in sweep():
        print(f"removed {item}")

"""JupyterLab for one attendee, behind the classroom's ingress."""

import os
from pathlib import Path

c = get_config()  # noqa: F821 (Jupyter defines it)

c.ServerApp.ip = "0.0.0.0"
c.ServerApp.port = 8888
c.ServerApp.port_retries = 0
c.ServerApp.base_url = os.environ["BASE_URL"]
c.ServerApp.root_dir = str(Path.home() / "course")
c.ServerApp.open_browser = False

# The ingress is the gate: it lets nobody but this attendee and the instructor through, and no
# other way leads to this port. A second login here would only stand in their way.
c.IdentityProvider.token = ""
c.ServerApp.allow_remote_access = True  # the Host header is the seat's, not localhost

c.ServerApp.jpserver_extensions = {"labkit.extension": True}
c.LabApp.news_url = None
c.LabApp.extension_manager = "readonly"

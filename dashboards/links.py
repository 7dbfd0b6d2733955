"""Where a dashboard leads: to the other pages of the same host."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import quote

from grafana_foundation_sdk.builders import dashboard
from grafana_foundation_sdk.models.dashboard import DashboardLinkType

TAG = "classroom"
"""All dashboards that come with a seat have it."""


@dataclass(frozen=True)
class Link:
    """A page of the host that this Grafana is on, by its absolute path, outside of Grafana."""

    title: str
    path: str

    @property
    def url(self) -> str:
        """The address as Grafana wants it.

        Grafana puts its own path, /grafana, before each link that begins with a slash; the browser
        takes it off again.
        """
        return f"/..{self.path}"


TEMPORAL = Link("Temporal UI", "/temporal/")
WORKSPACE = Link("Workspace", "/workspace/")
GUIDE = Link("Lab guide", "/workspace/lab/tree/d2l5_observability/guide.md")
SERVER_PAGE = Link("The server's metrics, raw", "/metrics/server")
WORKER_PAGE = Link("The worker's metrics, raw", "/metrics/worker")
ASKED_PAGE = Link("What was asked of the server, raw", "/workspace/api/waiting")
WORKFLOWS = Link("Workflows in the Temporal UI", "/temporal/namespaces/default/workflows")


STUCK = Link(
    "Stuck ones in the Temporal UI",
    f"{WORKFLOWS.path}?query={quote('TemporalReportedProblems IS NOT NULL')}",
)


def with_status(*statuses: str) -> Link:
    """Return the list of workflows that have one of some statuses."""
    query = " OR ".join(f'ExecutionStatus="{status}"' for status in statuses)
    return Link("See them in the Temporal UI", f"{WORKFLOWS.path}?query={quote(query)}")


def header() -> list[dashboard.DashboardLink]:
    """Return the links in the head of each of a seat's dashboards."""
    return header_of(
        TAG,
        "All that came with your seat",
        {
            TEMPORAL: "Every workflow, in full",
            WORKSPACE: "Your files and terminals",
            GUIDE: "The lab about these numbers, step by step",
        },
    )


def header_of(tag: str, about: str, pages: Mapping[Link, str]) -> list[dashboard.DashboardLink]:
    """Return links to all dashboards with a tag, and to pages, each with words about it."""
    others = dashboard.DashboardLink("Dashboards").type(DashboardLinkType.DASHBOARDS)
    return [
        others.tags([tag]).as_dropdown(True).icon("bolt").tooltip(about),
        *(_in_the_head(link, tooltip) for link, tooltip in pages.items()),
    ]


def on_a_panel(link: Link) -> dashboard.DashboardLink:
    """Return a link for the corner of a panel; it opens a tab of its own."""
    built = dashboard.DashboardLink(link.title).type(DashboardLinkType.LINK).url(link.url)
    return built.icon("external link").target_blank(True)


def _in_the_head(link: Link, tooltip: str) -> dashboard.DashboardLink:
    return on_a_panel(link).tooltip(tooltip)

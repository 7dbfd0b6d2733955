"""The routes of the metrics."""

from __future__ import annotations

from prometheus_client import CONTENT_TYPE_LATEST, generate_latest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from classroom.spec import keys
from classroom.spec.seats import host_label
from portal.context import Context
from portal.guard import behind
from portal.metrics.room import Room
from portal.web.site import route
from portal.web.site import site as make_site


def site(context: Context) -> Starlette:
    """Return the application; everything in it is behind the metrics key."""
    registry = context.counted.registry
    registry.register(Room(context))
    key = keys.metrics_key(context.settings.signing_key)

    async def metrics(request: Request) -> Response:
        return Response(generate_latest(registry), media_type=CONTENT_TYPE_LATEST)

    async def targets(request: Request) -> Response:
        # As Prometheus asks for it: https://prometheus.io/docs/prometheus/latest/http_sd/
        domain = context.settings.domain
        return JSONResponse(
            [
                {"targets": [f"{host_label(seat.name)}.{domain}"], "labels": {"seat": seat.name}}
                for seat in context.store.seats.all()
            ]
        )

    return make_site(
        context.pages,
        [
            route(path, GET=behind(context, key, "metrics key", answer))
            for path, answer in (("/metrics", metrics), ("/targets", targets))
        ],
    )

# Caddy from the official image.
ARG OFFICIAL
FROM ${OFFICIAL} AS official
FROM scratch
COPY --from=official /usr/bin/caddy /opt/caddy/caddy

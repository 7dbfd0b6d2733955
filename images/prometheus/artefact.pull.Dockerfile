# Prometheus from the official image.
ARG OFFICIAL
FROM ${OFFICIAL} AS official
FROM scratch
COPY --from=official /bin/prometheus /opt/prometheus/prometheus

# Prometheus from the official image, and promtool.
ARG OFFICIAL
FROM ${OFFICIAL} AS official
FROM scratch
COPY --from=official /bin/prometheus /opt/prometheus/prometheus
COPY --from=official /bin/promtool /opt/promtool/promtool

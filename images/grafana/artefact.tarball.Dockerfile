# Grafana from its official tarball, without what only its developers need.
ARG BASE
FROM ${BASE} AS fetch
COPY grafana.tar.gz /fetch/
RUN mkdir /opt/grafana \
 && tar --extract --file=/fetch/grafana.tar.gz --directory=/opt/grafana --strip-components=1 \
        --no-same-owner --exclude='*.map' \
 && test -x /opt/grafana/bin/grafana

FROM scratch
COPY --from=fetch /opt/grafana/ /opt/grafana/

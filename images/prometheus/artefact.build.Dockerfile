# Prometheus 3 from Debian's testing: server and API, without the web pages; and promtool.
# The stable suite has 2.53 only. Testing is known to this stage alone; the program needs no
# library newer than the base's. check-valid-until: testing's lists expire after a week, and a
# mirror may lag behind by more; their signature is checked all the same.
ARG BASE
FROM ${BASE} AS fetch
WORKDIR /fetch
RUN echo 'deb [check-valid-until=no signed-by=/usr/share/keyrings/debian-archive-keyring.gpg] http://deb.debian.org/debian testing main' \
        >/etc/apt/sources.list.d/testing.list \
 && printf 'Package: *\nPin: release a=testing\nPin-Priority: 1\n' >/etc/apt/preferences.d/testing \
 && apt-get update \
 && apt-get download prometheus/testing promtool/testing \
 && dpkg-deb --extract ./prometheus_*.deb . \
 && dpkg-deb --extract ./promtool_*.deb . \
 && install -D --mode=0755 usr/bin/prometheus /opt/prometheus/prometheus \
 && install -D --mode=0755 usr/bin/promtool /opt/promtool/promtool \
 && /opt/prometheus/prometheus --version \
 && /opt/promtool/promtool --version

FROM scratch
COPY --from=fetch /opt/prometheus/ /opt/prometheus/
COPY --from=fetch /opt/promtool/ /opt/promtool/

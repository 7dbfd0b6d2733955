# JupyterLab's and the Temporal UI's own files: those whose names say what is in them, so that no
# other version has the same name. Compressed once, here, instead of in each seat.
ARG BASE
ARG TEMPORAL
FROM ${TEMPORAL} AS temporal
FROM ${BASE} AS fetch
# pip is gone with this stage, so its version is Debian's business.
# hadolint ignore=DL3008
RUN apt-get update && apt-get install --yes --no-install-recommends python3-pip
WORKDIR /fetch
COPY requirements.txt .
RUN python3 -m pip download --quiet --no-cache-dir --no-deps --only-binary :all: --require-hashes \
        --requirement requirements.txt \
 && python3 -m zipfile --extract ./*.whl . \
 && install --directory /pages/workspace/static/lab \
 && find ./*.data/data/share/jupyter/lab/static -regextype posix-extended \
        -regex '.*[./][0-9a-f]{16,}\.[a-z0-9]+' \
        -exec mv --target-directory=/pages/workspace/static/lab {} +
COPY --from=temporal /opt/temporal/temporal .
COPY artefact.pages.py .
RUN python3 artefact.pages.py ./temporal /pages \
 && find /pages -regextype posix-extended -regex '.*\.(js|css|svg|ttf|eot)' \
        -exec gzip --keep --no-name {} +

FROM scratch
COPY --from=fetch /pages/ /pages/

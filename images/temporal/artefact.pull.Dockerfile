# The Temporal CLI, which is its development server too, from the official image.
ARG OFFICIAL
FROM ${OFFICIAL} AS official
FROM scratch
COPY --from=official /usr/local/bin/temporal /opt/temporal/temporal

# The site in one image: `docker build --build-arg VARIANT=cpu -t glm-vision-web .`, or start.sh, which does it.
#
# Pinned by tag. A digest would be stricter, and would have to be renewed by hand with every security fix of the base;
# whoever wants one passes BASE_IMAGE=python:3.11.15-slim-bookworm@sha256:…, and so does whoever needs a mirror.
ARG BASE_IMAGE=python:3.11.15-slim-bookworm
FROM ${BASE_IMAGE}

# cuda: for NVIDIA cards, with what quantising and ModelScope need. cpu: a fifth of the size, for the demo model and
# for asking another server.
ARG VARIANT=cuda
ARG TORCH_CPU_INDEX=https://download.pytorch.org/whl/cpu
ARG PIP_INDEX_URL=
# Any user may run it (`docker run --user`); this one does by default. Numbers need no account in the image.
ARG UID=10001
ARG GID=10001

SHELL ["/bin/bash", "-o", "pipefail", "-c"]
WORKDIR /app

ENV PYTHONUTF8=1 \
    PYTHONUNBUFFERED=1 \
    PIP_DISABLE_PIP_VERSION_CHECK=1 \
    PIP_NO_CACHE_DIR=1

# For backups of PostgreSQL: programs of the version of compose.yaml's server, which Debian does not have, from
# PostgreSQL's own packages or a mirror of them (PG_APT). Their signing key comes with Debian's postgresql-common.
# PG_CLIENT=0 leaves them out: SQLite needs none.
ARG PG_CLIENT=17
ARG PG_APT=https://apt.postgresql.org/pub/repos/apt
# Pinned by its major version: packages of older minor ones are removed from where they come from.
# hadolint ignore=DL3008
RUN [ "$PG_CLIENT" != 0 ] || exit 0; \
    apt-get update \
    && apt-get install -y --no-install-recommends ca-certificates postgresql-common \
    && echo "deb [signed-by=/usr/share/postgresql-common/pgdg/apt.postgresql.org.gpg] $PG_APT bookworm-pgdg main" \
      > /etc/apt/sources.list.d/pgdg.list \
    && apt-get update \
    && apt-get install -y --no-install-recommends "postgresql-client-$PG_CLIENT" \
    && rm -rf /var/lib/apt/lists/*

# For copies with their description in them: a program of its own. EXIFTOOL=0 leaves it out, and Perl with it.
ARG EXIFTOOL=1
# hadolint ignore=DL3008
RUN [ "$EXIFTOOL" != 0 ] || exit 0; \
    apt-get update \
    && apt-get install -y --no-install-recommends libimage-exiftool-perl \
    && rm -rf /var/lib/apt/lists/*

# Before the source: it changes more often. Every package comes as a wheel, so that no compiler is needed.
COPY requirements.txt requirements-gpu.txt ./
# PIP_INDEX_URL that is set and empty would be an index without an address.
RUN [ -n "$PIP_INDEX_URL" ] || unset PIP_INDEX_URL; \
    case "$VARIANT" in \
      cpu) pip install --no-deps --extra-index-url "$TORCH_CPU_INDEX" "$(grep '^torch==' requirements.txt)" \
           && pip install -r requirements.txt ;; \
      cuda) pip install -r requirements-gpu.txt ;; \
      *) echo "VARIANT is cpu or cuda, not $VARIANT" >&2; exit 1 ;; \
    esac

COPY manage.py LICENSE ./
COPY docker ./docker
COPY static ./static
COPY templates ./templates
COPY inference ./inference
COPY catalog ./catalog
COPY glmv_site ./glmv_site
# Whoever runs it later cannot write here: compiled once, now.
RUN python -m compileall -q manage.py docker inference catalog glmv_site \
    && install -d -o "$UID" -g "$GID" data

# What libraries ask an account for is told them here; caches, and models that are fetched by their id, lie on the volume.
ENV USER=glmv \
    HOME=/app/data/home \
    HF_HOME=/app/data/models/huggingface \
    MODELSCOPE_CACHE=/app/data/models/modelscope \
    DATA_DIR=/app/data \
    HOST=0.0.0.0 \
    PORT=8080

USER ${UID}:${GID}
VOLUME /app/data
EXPOSE 8080

# The process lives; whether its model answers is /ready's to say, and loading takes minutes.
HEALTHCHECK --interval=30s --timeout=10s --start-period=60s --retries=3 \
    CMD ["python", "/app/docker/health.py"]

ENTRYPOINT ["sh", "/app/docker/entrypoint.sh"]
CMD ["serve"]

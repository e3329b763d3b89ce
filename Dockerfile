# One image for the web process and the worker; what it runs is the command. Built from pinned, hashed requirements.
FROM python:3.12-slim-bookworm AS build
COPY requirements/base.txt /tmp/base.txt
RUN python -m venv /opt/sv0 \
    && /opt/sv0/bin/pip install --no-cache-dir --disable-pip-version-check --require-hashes --requirement /tmp/base.txt

FROM python:3.12-slim-bookworm
# What WeasyPrint loads, and a font to print with.
RUN apt-get update \
    && apt-get install -y --no-install-recommends \
        libpango-1.0-0 libpangoft2-1.0-0 libharfbuzz-subset0 fonts-dejavu-core \
    && rm -rf /var/lib/apt/lists/*
RUN useradd --uid 10001 --no-create-home --home-dir /nonexistent --shell /usr/sbin/nologin sv0
COPY --from=build /opt/sv0 /opt/sv0
# Fontconfig's cache goes to the one place that may be written in a read-only container.
ENV PATH=/opt/sv0/bin:$PATH PYTHONDONTWRITEBYTECODE=1 PYTHONUNBUFFERED=1 XDG_CACHE_HOME=/tmp
WORKDIR /app
COPY manage.py ./
COPY sv0 sv0
COPY tenants tenants
COPY accounts accounts
COPY connectors connectors
COPY findings findings
COPY ticketing ticketing
COPY templates templates
COPY static static
# Only the static files are made here, and none depends on a value below; running needs the real ones.
RUN SECRET_KEY=build AUDIT_KEY=build MASTER_KEY=build MONGODB_URI=mongodb://build BASE_URL=https://build \
    python manage.py collectstatic --noinput --verbosity 0
RUN install -d -o 10001 -m 700 /var/lib/sv0
USER 10001
EXPOSE 8000
# Asked by a name that the site answers to: Django refuses every other one.
HEALTHCHECK --interval=10s --timeout=5s --start-period=20s CMD ["python", "-c", "\
import os, urllib.request as http; \
name = os.environ['ALLOWED_HOSTS'].split(',')[0].lstrip('.'); \
http.urlopen(http.Request('http://127.0.0.1:8000/health', headers={'Host': name}), timeout=4)"]
# WEB_CONCURRENCY sets the number of processes. The worker: python manage.py qcluster
CMD ["gunicorn", "sv0.wsgi", "--bind", "0.0.0.0:8000", "--threads", "4", "--worker-tmp-dir", "/dev/shm", \
    "--no-control-socket"]

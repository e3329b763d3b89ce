#!/bin/sh
# Everything that can be said about the code without running it. Runs every check, then fails if one did.
set -u
cd "$(dirname "$0")/.."
export SV0_ENV="${SV0_ENV:-development}"
bin=.venv/bin
failed=

run() {
    name=$1
    shift
    if output=$("$@" 2>&1); then
        printf 'ok    %s\n' "$name"
    else
        printf 'FAIL  %s\n%s\n' "$name" "$output"
        failed="$failed $name"
    fi
}

# A production environment with invented secrets: `check --deploy` judges what the settings make of it.
in_production() {
    env -u DEBUG SV0_ENV=production \
        SECRET_KEY=invented-9f2c47d1e8b35a60-7c1d94e0b2f8a356-4be17d09c3 \
        AUDIT_KEY=invented-51d0c7e94ab2863f-e4078bd1925ca6f3-88a1c0d7e2 \
        MASTER_KEY="$(head -c 96 /dev/zero | tr '\0' 'k' | base64 | tr -d '\n')" \
        MONGODB_URI='mongodb://sv0:invented@db.example.com/?replicaSet=rs0&tls=true' \
        BASE_URL=https://sv0.example.com ALLOWED_HOSTS=sv0.example.com \
        DEFAULT_FROM_EMAIL='sv0 <no-reply@example.com>' EMAIL_HOST=smtp.example.com \
        "$@"
}

run format $bin/ruff format --check .
run ruff $bin/ruff check .
run djade find templates -name '*.html' -exec $bin/djade --check {} +
run mypy $bin/mypy
run imports $bin/lint-imports --no-logo
run deploy in_production $bin/python manage.py check --deploy --fail-level WARNING
run migrations $bin/python manage.py devmongo -- $bin/python manage.py makemigrations --check --dry-run
[ -z "$failed" ] || { printf 'failed:%s\n' "$failed"; exit 1; }

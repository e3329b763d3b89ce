#!/bin/sh
# Makes the files in secrets/ that compose.yaml hands to its services. Keeps what is there: the keys open stored data.
#
# The folder is closed to everyone else; the files in it are readable, because the containers' users aren't the host's.
set -eu
cd "$(dirname "$0")/.."
command -v openssl >/dev/null || { echo "secrets: openssl is needed" >&2; exit 1; }
umask 077
mkdir -p secrets
cd secrets

# secret NAME COMMAND…: the command's output, on one line, unless the file exists.
secret() {
    file=$1
    shift
    [ -s "$file" ] || { "$@" | tr -d '\n' >"$file.new" && mv "$file.new" "$file"; }
}

secret secret_key openssl rand -base64 60
secret audit_key openssl rand -base64 60
secret master_key openssl rand -base64 96
secret mongodb_password openssl rand -hex 32
secret mongodb_uri printf 'mongodb://sv0:%s@mongo:27017/?%s' "$(cat mongodb_password)" \
    'replicaSet=rs0&authSource=admin&tls=true&tlsCAFile=/run/secrets/mongodb_ca'
secret mongodb_keyfile openssl rand -base64 500
# Empty ones are for a mail server that asks for none, and for sign-in by e-mailed code instead of WorkOS.
for optional in email_password workos_api_key workos_webhook_secret; do
    [ -e "$optional" ] || : >"$optional"
done

if [ ! -s mongodb_certificate ]; then
    work=$(mktemp -d)
    openssl req -x509 -newkey rsa:3072 -nodes -days 3650 -subj '/CN=sv0 compose CA' \
        -keyout "$work/ca.key" -out mongodb_ca 2>/dev/null
    openssl req -newkey rsa:3072 -nodes -subj '/CN=mongo' -keyout "$work/server.key" -out "$work/server.csr" 2>/dev/null
    printf 'subjectAltName=DNS:mongo,DNS:localhost,IP:127.0.0.1\n' >"$work/names"
    openssl x509 -req -in "$work/server.csr" -CA mongodb_ca -CAkey "$work/ca.key" -CAcreateserial \
        -days 3650 -extfile "$work/names" -out "$work/server.crt" 2>/dev/null
    cat "$work/server.key" "$work/server.crt" >mongodb_certificate
    rm -rf "$work" # the CA signs once; to renew, delete mongodb_certificate and run this again
fi
rm -f mongodb_ca.srl
chmod 444 ./*

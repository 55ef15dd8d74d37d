# Sourced by run: servers as people have them. Encrypted ones, standbys, other encodings, limits of a role, tables that change.

# Certificates by an authority of our own: one for this server, one for another name, one that signs for itself, one expired.
certificates=$work/server/certificates
mkdir "$work/ca"
openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -keyout "$work/ca/ca.key" -out "$work/ca/ca.pem" -days 2 \
    -subj "/CN=Authority" -addext keyUsage=critical,keyCertSign,cRLSign 2> /dev/null
openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -keyout "$work/ca/other.key" -out "$work/ca/other.pem" -days 2 \
    -subj "/CN=Other authority" 2> /dev/null
certificate() { # NAME ALTERNATIVE_NAMES [BEGIN END]
    openssl req -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -keyout "$work/ca/$1.key" -out "$work/ca/$1.csr" -subj "/CN=$1" 2> /dev/null
    printf 'subjectAltName=%s\nextendedKeyUsage=serverAuth\nbasicConstraints=CA:FALSE\n' "$2" > "$work/ca/$1.ext"
    openssl x509 -req -in "$work/ca/$1.csr" -CA "$work/ca/ca.pem" -CAkey "$work/ca/ca.key" -CAcreateserial -out "$work/ca/$1.pem" -days 2 \
        -extfile "$work/ca/$1.ext" 2> /dev/null
}
certificate here DNS:localhost,IP:127.0.0.1
certificate elsewhere DNS:db.example
cp "$work/ca/other.pem" "$work/ca/itself.pem"
cp "$work/ca/other.key" "$work/ca/itself.key"
encrypted() { # NAME of the certificate
    as_user mkdir -p "$certificates"
    for file in pem key; do as_user sh -c 'umask 077; cat > "$0"' "$certificates/$1.$file" < "$work/ca/$1.$file"; done
    "${psql[@]}" -d postgres -c "ALTER SYSTEM SET ssl_cert_file = '$certificates/$1.pem'" \
        -c "ALTER SYSTEM SET ssl_key_file = '$certificates/$1.key'" -c "ALTER SYSTEM SET ssl = on"
    server reload
    # New connections take it once the server has read its settings.
    until "${psql[@]}" -d postgres -Atc "SHOW ssl_cert_file" | grep -qF "/$1.pem"; do sleep 0.05; done
}
secure="postgres://reader:reader-secret@localhost:$port/space"
encrypted here
for mode in verify-full verify-ca require; do
    rm -rf "$work/secure"
    WAREHOUSE_URL="$secure?sslmode=$mode&sslrootcert=$work/ca/ca.pem" "$tool" export --warehouse --schema profiles --values json -o "$work/secure" -q
done
compare archive "$work/secure" json
# Where nobody insists on proof of an authority that the machine does not know, there is none to be had.
WAREHOUSE_URL="$secure?sslmode=require" says 2 "does not prove who it is" --schema profiles
grep -q 'sslrootcert=FILE' "$work/said"
WAREHOUSE_URL="$secure?sslmode=verify-full&sslrootcert=$work/ca/other.pem" says 2 "does not prove who it is" --schema profiles
WAREHOUSE_URL="$secure?sslmode=verify-full&sslrootcert=$work/ca/none.pem" says 2 "sslrootcert" --schema profiles
WAREHOUSE_URL="$secure?sslmode=verify-full&sslrootcert=$work/truth.json" says 2 "holds no certificates" --schema profiles
encrypted elsewhere
WAREHOUSE_URL="$secure?sslmode=verify-full&sslrootcert=$work/ca/ca.pem" says 2 "is not for the name" --schema profiles
grep -q 'db.example' "$work/said"
encrypted itself
WAREHOUSE_URL="$secure?sslmode=verify-full&sslrootcert=$work/ca/itself.pem" says 2 "does not prove who it is" --schema profiles
grep -q 'an authority' "$work/said"
encrypted here
# Who may come in encrypted only, and who must not come so.
"${psql[@]}" -d space -c "CREATE ROLE guarded LOGIN PASSWORD 'guarded-secret'; GRANT USAGE ON SCHEMA profiles TO guarded;
    GRANT SELECT ON ALL TABLES IN SCHEMA profiles TO guarded"
as_user sed -i '1i hostnossl all guarded all reject' "$work/server/data/pg_hba.conf"
loaded() { "${psql[@]}" -d postgres -Atc "SELECT pg_conf_load_time()"; }
before=$(loaded)
server reload
until [ "$(loaded)" != "$before" ]; do sleep 0.05; done
WAREHOUSE_URL="postgres://guarded:guarded-secret@localhost:$port/space?sslmode=disable" says 2 "does not let \`guarded\` in" --schema profiles
WAREHOUSE_URL="postgres://guarded:guarded-secret@localhost:$port/space?sslmode=verify-full&sslrootcert=$work/ca/ca.pem" \
    "$tool" export --warehouse --schema profiles --values json --max-profiles 10 -o "$work/guarded" -q
"${psql[@]}" -d postgres -c "ALTER SYSTEM SET ssl = off"
server reload
echo "encrypted servers are read where they prove who they are"

# A standby of this server.
stand_by=$("$python" -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])')
as_user env PGPASSWORD=owner-secret "$servers/pg_basebackup" -h 127.0.0.1 -p "$port" -U owner -D "$work/server/standby" -R -c fast
as_user "$servers/pg_ctl" -D "$work/server/standby" -s -w -l "$work/server/standby.log" \
    -o "-p $stand_by -c listen_addresses=127.0.0.1 -c unix_socket_directories=$work/server -c ssl=off" start
[ "$(PGPASSWORD=owner-secret psql -X -h 127.0.0.1 -p "$stand_by" -U owner -d space -Atc 'SELECT pg_is_in_recovery()')" = t ]
WAREHOUSE_URL="postgres://reader:reader-secret@127.0.0.1:$stand_by/space" \
    "$tool" export --warehouse --schema profiles --values json -o "$work/standby" -q
compare archive "$work/standby" json
as_user "$servers/pg_ctl" -D "$work/server/standby" -s -m immediate stop
echo "a standby is read as its server is"

# Databases in other encodings: what they hold comes over as UTF-8, and bytes that nobody can tell are named.
for encoding in LATIN1 SQL_ASCII; do
    "${psql[@]}" -d postgres -c "CREATE DATABASE other ENCODING '$encoding' LOCALE 'C' TEMPLATE template0"
    "${psql[@]}" -d other << 'SQL'
CREATE TABLE user_traits (canonical_segment_id text, name text, value text, seq bigint);
CREATE TABLE user_identifiers (canonical_segment_id text, type text, value text, seq bigint);
INSERT INTO user_traits VALUES ('use_1', 'name', '"Ada L' || chr(126) || '"', 1), ('use_2', 'name', '"Bob"', 2);
INSERT INTO user_identifiers VALUES ('use_1', 'user_id', '  u1 ', 1), ('use_2', 'user_id', 'u2', 2);
GRANT SELECT ON user_traits, user_identifiers TO reader;
SQL
    [ $encoding = SQL_ASCII ] || "${psql[@]}" -d other -c "UPDATE user_traits SET value = '\"Zo' || chr(235) || '\"' WHERE canonical_segment_id = 'use_1'"
    WAREHOUSE_URL=postgres://reader:reader-secret@$at/other "$tool" export --warehouse --values json --table profile_merges= -o "$work/$encoding" -q
    PGPASSWORD=reader-secret PGCLIENTENCODING=UTF8 psql -X -q -h 127.0.0.1 -p "$port" -U reader -d other \
        -f <("$tool" warehouse postgres --table profile_merges= --partitions 2 --to "$work") > /dev/null
    cat "$work"/part-0000[01].ndjson > "$work/$encoding.ndjson"
    rm "$work"/part-0000[01].ndjson
    if [ $encoding = LATIN1 ]; then zcat "$work/$encoding"/profiles-*.gz | grep -qF '"name":"Zoë"'; grep -qF 'Zoë' "$work/$encoding.ndjson"; fi
    [ "$(zcat "$work/$encoding"/profiles-*.gz | wc -l)" = 2 ] && [ "$(wc -l < "$work/$encoding.ndjson")" = 2 ]
    if [ $encoding = SQL_ASCII ]; then
        "${psql[@]}" -d other -c "SET client_encoding = 'SQL_ASCII'; INSERT INTO user_traits VALUES ('use_3', 'name', E'\"Zo\\xeb\"', 3)"
        WAREHOUSE_URL=postgres://reader:reader-secret@$at/other says 1 "not in the encoding" --values json
        grep -qF "use_3" "$work/said" || grep -qF 'value ~' "$work/said"
        rm -rf "$work/none"
    fi
    "${psql[@]}" -d postgres -c "DROP DATABASE other"
done
echo "databases in LATIN1 and SQL_ASCII come over as UTF-8"

# Limits that a role has do not end what takes its time.
"${psql[@]}" -d space -c "CREATE ROLE hurried LOGIN PASSWORD 'hurried-secret'; ALTER ROLE hurried SET statement_timeout = '5ms';
    ALTER ROLE hurried SET idle_in_transaction_session_timeout = '5ms'; GRANT USAGE ON SCHEMA profiles TO hurried;
    GRANT SELECT ON ALL TABLES IN SCHEMA profiles TO hurried"
WAREHOUSE_URL=postgres://hurried:hurried-secret@$at/space "$tool" export --warehouse --schema profiles --values json -o "$work/hurried" -q
compare archive "$work/hurried" json
# One column that is not there, and one table that may not be read.
"${psql[@]}" -d space -c "CREATE SCHEMA lacking; CREATE TABLE lacking.user_traits AS SELECT canonical_segment_id, name, value FROM profiles.user_traits;
    CREATE VIEW lacking.user_identifiers AS SELECT * FROM profiles.user_identifiers; GRANT USAGE ON SCHEMA lacking TO reader, hurried;
    GRANT SELECT ON ALL TABLES IN SCHEMA lacking TO reader; GRANT SELECT ON lacking.user_traits TO hurried"
says 2 "other columns" --schema lacking
grep -qF 'seq' "$work/said"
WAREHOUSE_URL=postgres://hurried:hurried-secret@$at/space says 2 "may not read" --schema lacking --table user_traits=profiles.user_traits
grep -qF 'lacking.user_identifiers' "$work/said"
# A query that somebody ends, and one that the server ends.
"${psql[@]}" -d space -c "CREATE SCHEMA slow; CREATE VIEW slow.user_traits AS SELECT *, pg_sleep(0.05)::text FROM profiles.user_traits;
    CREATE VIEW slow.user_identifiers AS SELECT * FROM profiles.user_identifiers; GRANT USAGE ON SCHEMA slow TO reader;
    GRANT SELECT ON ALL TABLES IN SCHEMA slow TO reader"
ended() { # FUNCTION: ends the reading by it
    until "${psql[@]}" -d space -Atc "SELECT count($1(pid)) FROM pg_stat_activity WHERE usename = 'reader' AND query LIKE '%slow%'" | grep -qv '^0$'; do
        sleep 0.05
    done
}
ended pg_cancel_backend &
says 1 "the server ended the query" --schema slow --values json
wait $!
ended pg_terminate_backend &
says 1 "cannot be read" --schema slow --values json
wait $!
rm -rf "$work/none"
echo "limits of a role, and ends that others make, are borne or told"

# Tables that change while they are read: what is read is how they stood when it began; a later run says that they changed.
changing=("$tool" export --warehouse --schema wide --table profile_merges= --values json --part-size 10 -o "$work/changing" -q)
"${changing[@]}" &
reading=$!
while [ ! -e "$work/changing/profiles-000001.ndjson.gz" ]; do sleep 0.01; done
"${psql[@]}" -d space -c "UPDATE wide.user_traits SET value = 'changed', seq = seq + 1000; DELETE FROM wide.user_identifiers WHERE seq > 300;
    INSERT INTO wide.user_identifiers VALUES ('use_9999', 'user_id', 'late', 9999)"
wait $reading
[ "$(zcat "$work"/changing/profiles-*.gz | grep -c '"user_id".*xxxxxx')" -eq 400 ]
! zcat "$work"/changing/profiles-*.gz | grep -q -e changed -e late
"$python" -c "import json, sys; verdict = json.load(open(sys.argv[1]))['verdict']; assert verdict['state'] == 'complete', verdict" "$work/changing/manifest.json"
rm -rf "$work/changing"
DIE_AT_WRITE=12 "${changing[@]}" > /dev/null 2>&1 && { echo "it did not die"; exit 1; }
"${psql[@]}" -d space -c "INSERT INTO wide.user_identifiers VALUES ('use_0001', 'email', 'new@x.example', 10000)"
"${changing[@]}"
"$python" -c "
import json, sys
verdict = json.load(open(sys.argv[1]))['verdict']
assert 'the tables changed between runs' in verdict['reasons'][0], verdict" "$work/changing/manifest.json"
echo "tables that change are read as they stood, or that is said"

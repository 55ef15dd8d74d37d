# Sourced by run: what engines do that the scripts and the reading rely on, or go round; where one of these no longer holds, a
# template can become simpler, or has to change.
sql() { PGPASSWORD=reader-secret psql -X -q -At -h 127.0.0.1 -p "$port" -U reader -d space "$@"; }
is() { # WHAT GOT WANTED
    [ "$2" = "$3" ] || { printf '%s\n  got  %s\n  want %s\n' "$1" "$2" "$3"; return 1; }
}

line='{"a":"back\\slash \"quoted\""}'
is "COPY's text form doubles backslashes" "$(sql -c "COPY (SELECT '$line'::text) TO STDOUT")" "${line//\\/\\\\}"
is "with marks that no line holds, CSV leaves lines as they are" \
    "$(sql -c "COPY (SELECT '$line'::text) TO STDOUT WITH (FORMAT csv, DELIMITER E'\x02', QUOTE E'\x01', ESCAPE E'\x01')")" "$line"
is "jsonb writes numbers anew" "$(sql -c "SELECT '[1e5,-0,1.10]'::jsonb")" "[100000, 0, 1.10]"
is "to_json of a text only escapes" "$(sql -c "SELECT to_json('1e5'::text), to_json('a\"\\'::text)")" '"1e5"|"a\"\\"'
! sql -c "SELECT '\"\\u0000\"'::jsonb" > /dev/null 2>&1
! sql -c "CREATE FUNCTION pg_temp.f() RETURNS int LANGUAGE sql AS 'SELECT 1'" > /dev/null 2>&1
# Not for the scripts' sake: whoever changes them should know that an error alone does not end psql with a failure.
printf 'SELECT 1/0;\nSELECT 1;\n' > "$work/failing.sql"
sql -f "$work/failing.sql" > /dev/null 2>&1
! sql -v ON_ERROR_STOP=1 -f "$work/failing.sql" > /dev/null 2>&1
# What came before an error has gone into the pipe, and the pipe ends as its last command does.
echo "SELECT 1 / (3 - n) FROM generate_series(1, 3) AS n" > "$work/failing.sql"
(set +o pipefail; sql -v ON_ERROR_STOP=1 -f "$work/failing.sql" 2> /dev/null | cat > /dev/null)
! (set -o pipefail; sql -v ON_ERROR_STOP=1 -f "$work/failing.sql" 2> /dev/null | cat > /dev/null)
# psql reads in portions what begins with SELECT; all of what begins with WITH lies in its memory, which COPY never does.
memory() { # SQL: the most that psql held, in MB
    PGPASSWORD=reader-secret "$python" - "$port" "$1" << 'PYTHON'
import os, subprocess, sys

port, query = sys.argv[1:]
command = ["psql", "-X", "-q", "-At", "-v", "FETCH_COUNT=100", "-h", "127.0.0.1", "-p", port, "-U", "reader", "-d", "space", "-c", query]
process = subprocess.Popen(command, stdout=subprocess.DEVNULL)
_, status, used = os.wait4(process.pid, 0)
assert status == 0
print(used.ru_maxrss // 1024)
PYTHON
}
rows="SELECT repeat('x', 1000) FROM generate_series(1, 50000)"
portions=$(memory "$rows") whole=$(memory "WITH t AS ($rows) SELECT * FROM t") copy=$(memory "COPY (WITH t AS ($rows) SELECT * FROM t) TO STDOUT")
[ "$portions" -lt 40 ] && [ "$copy" -lt 40 ] || { echo "portions take $portions MB, COPY $copy MB"; exit 1; }
# Versions from 17 on fetch in portions whatever the query is.
if [ "$(psql --version | grep -o '[0-9]*' | head -n 1)" -lt 17 ]; then [ "$whole" -gt 48 ] || { echo "WITH takes $whole MB"; exit 1; }; fi
is "md5 of a text is that of its bytes, in hexadecimal" "$(sql -c "SELECT md5(convert_to('é', 'UTF8'))")" "$(printf 'é' | md5sum | cut -d' ' -f1)"
is "trim cuts blanks only" "$(sql -c "SELECT trim(E'\t a \t') = E'\t a \t', btrim(E'\t a \t', E'\t ')")" "t|a"
is "in descending order NULL comes first unless told" "$(sql -c "SELECT string_agg(coalesce(n::text, 'null'), ' ' ORDER BY n DESC) FROM unnest(ARRAY[1, NULL, 2]) AS n")" "null 2 1"

"$python" - << 'PYTHON'
import duckdb

database = duckdb.connect()
one = lambda query: database.execute(query).fetchone()[0]
# What judges JSON there takes what is none, so that no script asks it.
for text in ["[1,]", '{"a":1,}', "NaN", "[Infinity]"]:
    assert one(f"SELECT json_valid('{text}')"), text
assert one("""SELECT json_group_object(k, v)::VARCHAR FROM (VALUES ('a', 1), ('a', 2)) AS t(k, v)""").count('"a"') == 2
# A string alone is escaped, and nothing else is done to it.
assert one(r"""SELECT to_json('1e5'::VARCHAR)::VARCHAR""") == '"1e5"'
assert one("SELECT md5('é')") == __import__("hashlib").md5("é".encode()).hexdigest()
assert one("SELECT trim(chr(9) || ' a ') = chr(9) || ' a'")
PYTHON
"$python" - "$work" << 'PYTHON'
import gzip, json, sys
import duckdb

folder = sys.argv[1]
with gzip.open(f"{folder}/strings.ndjson.gz", "wt") as file:
    file.write(json.dumps({"at": "09:30", "id": "6b1b36cb-3d0b-4a1c-9d0c-2f0c0a2a7c11"}) + "\n")
types = dict(duckdb.connect().execute(f"DESCRIBE SELECT * FROM read_json('{folder}/strings.ndjson.gz')").fetchall()[i][:2] for i in range(2))
assert types == {"at": "TIME", "id": "UUID"}, types
data = bytearray(open(f"{folder}/strings.ndjson.gz", "rb").read())
data[-8] ^= 1
open(f"{folder}/damaged.ndjson.gz", "wb").write(data)
assert duckdb.connect().execute(f"SELECT count(*) FROM read_json('{folder}/damaged.ndjson.gz')").fetchone()[0] == 1
PYTHON
! "$tool" transform "$work/damaged.ndjson.gz" -o "$work/damaged" > "$work/said" 2>&1
grep -qF 'is damaged' "$work/said"
echo "engines do what the scripts rely on or go round"

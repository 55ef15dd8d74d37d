# Sourced by run: `export --warehouse` of the same tables.
for form in json plain; do
    "$tool" export --warehouse --schema profiles --values $form -o "$work/$form" --part-size 500 -q
    compare archive "$work/$form" $form
done

# Killed at each of its writes and run again: the same as without the kill.
for ((write = 1; ; write += 3)); do
    rm -rf "$work/killed"
    DIE_AT_WRITE=$write "$tool" export --warehouse --schema profiles --values json -o "$work/killed" --part-size 1000 -q > /dev/null 2>&1 && break
    "$tool" export --warehouse --schema profiles --values json -o "$work/killed" --part-size 1000 -q
    compare archive "$work/killed" json > /dev/null
done
[ "$write" -gt 3 ]
echo "killed at up to $((write - 3)) writes, and whole each time"

# What is wrong is said, with a way out, and without the password.
WAREHOUSE_URL=postgres://reader:wrong-secret@$at/space says 2 "does not let \`reader\` in"
WAREHOUSE_URL=postgres://nobody:wrong-secret@$at/space says 2 "does not let \`nobody\` in"
WAREHOUSE_URL=postgres://reader:reader-secret@$at/nowhere says 2 "no such database"
WAREHOUSE_URL="postgres://reader:reader-secret@$at/space?sslmode=require" says 2 "takes no encrypted connections"
WAREHOUSE_URL=postgres://stranger:stranger-secret@$at/space says 2 "may not read" --schema profiles
WAREHOUSE_URL=postgres://reader:reader-secret@127.0.0.1:1/space says 1 "cannot be read"
says 2 "is not there"
says 2 "is not there" --schema profiles --table user_traits=other_traits
"${psql[@]}" -d space -c "CREATE SCHEMA odd; CREATE TABLE odd.user_traits (a int); CREATE TABLE odd.user_identifiers (a int);
    GRANT USAGE ON SCHEMA odd TO reader; GRANT SELECT ON ALL TABLES IN SCHEMA odd TO reader"
says 2 "other columns" --schema odd
[ ! -e "$work/none/manifest.json" ]
echo "ten mistakes are told with a way out"

# The forms of an address: a password from the environment, from a file, a socket.
printf '*:*:space:reader:reader-secret\n' > "$work/passwords"
chmod 600 "$work/passwords"
few() { env -u PGPASSWORD "$@" "$tool" export --warehouse --schema profiles --values json --max-profiles 10 -o "$work/few" -q; rm -r "$work/few"; }
few WAREHOUSE_URL=postgresql://reader@$at/space PGPASSWORD=reader-secret
few WAREHOUSE_URL=postgresql://reader@$at/space PGPASSFILE="$work/passwords"
few WAREHOUSE_URL="postgres://$at/space?user=reader&passfile=$work/passwords&sslmode=prefer"
few WAREHOUSE_URL="postgres:///space?host=$work/server&port=$port&user=reader&password=reader-secret"
echo "four forms of an address lead there"

# A server that restarts in the middle: what is committed stays, and the next run goes on. Wide profiles, so that buffers do
# not hold the rest.
wide=("$tool" export --warehouse --schema wide --table profile_merges= --values json --part-size 10 -o "$work/wide" -q)
"${wide[@]}" 2> "$work/said" &
reading=$!
while [ ! -e "$work/wide/profiles-000002.ndjson.gz" ]; do sleep 0.01; done
# However long the server takes to stop, nobody reads on meanwhile.
kill -STOP $reading
server stop -m immediate
kill -CONT $reading
status=0
wait $reading || status=$?
start
[ $status -eq 1 ] && grep -q '^hint: ' "$work/said" || { echo "exit $status"; cat "$work/said"; exit 1; }
"${wide[@]}"
[ "$(zcat "$work"/wide/profiles-*.gz | cut -d'"' -f4 | uniq | wc -l)" -eq 400 ]
[ "$(zcat "$work"/wide/profiles-*.gz | wc -l)" -eq 400 ]
echo "a server that restarts costs nothing"

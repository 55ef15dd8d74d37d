# Sourced by run: from the tables of PostgreSQL to the customers of a project, by each of the two ways there are.
"$tool" sandbox --profiles 1 > "$work/env" 2> /dev/null &
sandbox=$!
until grep -qs SECRET_KEY "$work/env"; do sleep 0.1; done
for way in archive pipe script; do
    mkdir "$work/whole-$way"
    case $way in
        archive)
            (cd "$work/whole-$way" && "$tool" export --warehouse --schema profiles --values json -q && "$tool" transform --csv plain -q)
            ;;
        pipe)
            "$tool" export --warehouse --schema profiles --values json -o - -q > "$work/whole.gz"
            (cd "$work/whole-$way" && "$tool" transform - --csv plain -q < "$work/whole.gz")
            ;;
        script)
            "$tool" warehouse postgres --schema profiles > "$work/unload.sql"
            PGPASSWORD=reader-secret psql -X -q -h 127.0.0.1 -p "$port" -U reader -d space -f "$work/unload.sql" |
                (cd "$work/whole-$way" && "$tool" transform - --values json --csv plain -q)
            ;;
    esac
    "$python" "$here/whole.py" "$work" batches "$work/whole-$way/batches"
done
(cd "$work/whole-archive" && "$tool" upload --env-file "$work/env" -q && "$tool" status batches)
"$python" "$here/whole.py" "$work" project "$work/env"
kill $sandbox
wait $sandbox 2> /dev/null || true

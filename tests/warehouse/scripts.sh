# Sourced by run: the printed scripts, on the engines that can be had here.
mkdir "$work/out"
"$tool" warehouse postgres --schema profiles > "$work/one.sql"
PGPASSWORD=reader-secret psql -X -q -h 127.0.0.1 -p "$port" -U reader -d space -f "$work/one.sql" > "$work/one.ndjson"
compare lines "$work/one.ndjson"
"$tool" warehouse postgres --schema profiles --partitions 8 --to "$work/out" > "$work/eight.sql"
"${psql[@]}" -d space -f "$work/eight.sql"
compare lines "$work"/out/part-*.ndjson
"$tool" transform "$work/out" --values json -o "$work/unloaded" -q
rm -r "$work/unloaded" "$work"/out/*

"$tool" warehouse duckdb --schema profiles --to "$work/out" > "$work/one.sql"
mkdir "$work/ducks"
"$tool" warehouse duckdb --schema profiles --partitions 8 --to "$work/ducks" > "$work/eight.sql"
"$python" "$here/duck.py" "$work" "$work/one.sql" "$work/eight.sql"
compare lines "$work/out/part-00000.ndjson.gz"
compare lines "$work"/ducks/part-*.ndjson.gz
for folder in out ducks; do "$tool" transform "$work/$folder" --values json -o "$work/unloaded" -q; done

parse() { # DIALECT OPTION…
    "$tool" warehouse "${@:2}" > "$work/parsed.sql"
    "$python" "$here/parse.py" "$1" "$work/parsed.sql"
}
for partitions in 1 8; do
    parse snowflake snowflake --partitions $partitions --to @my_stage/profiles
    parse bigquery bigquery --schema my-project.profiles --partitions $partitions --to gs://bucket/profiles
    parse redshift redshift --partitions $partitions --to s3://bucket/profiles
    parse spark spark --partitions $partitions --to /mnt/profiles
done
parse tsql synapse --to /profiles

# Sourced by run: what has to work every day.
# The printed script, as its header says, over tables of a metastore.
script() { "$tool" warehouse spark --schema profiles --partitions "$1" --to "$work/unloaded-$1"; }
{
    echo "CREATE DATABASE IF NOT EXISTS profiles;"
    for table in user_traits user_identifiers profile_merges; do
        echo "CREATE TABLE profiles.$table USING parquet LOCATION '$work/all/$table';"
    done
    script 1
    script 8
} > "$work/scripts.sql"
mkdir "$work/metastore"
hive=(--conf spark.sql.catalogImplementation=hive --conf "spark.sql.warehouse.dir=$work/metastore/tables"
    --conf "spark.hadoop.javax.jdo.option.ConnectionURL=jdbc:derby:;databaseName=$work/metastore/derby;create=true")
(cd "$work/metastore" && "$SPARK_HOME/bin/spark-sql" --master "local[2]" --driver-memory 1g --conf spark.ui.enabled=false \
    --conf spark.ui.showConsoleProgress=false "${hive[@]}" -f "$work/scripts.sql") > "$work/said" 2>&1 || { cat "$work/said"; exit 1; }
for partitions in 1 8; do
    files=()
    for ((part = 0; part < partitions; part++)); do
        cat "$work/unloaded-$partitions/part=$part"/*.gz > "$work/unloaded-$part.gz"
        files+=("$work/unloaded-$part.gz")
    done
    "$python" tests/warehouse/compare.py "$work/all/truth.json" lines "${files[@]}"
done
"$tool" transform "$work/unloaded-8" -o "$work/from-script/batches" --values json -q 2> "$work/said" || { cat "$work/said"; exit 1; }
passed "the printed script agrees with the truth, in 1 and in 8 partitions"

"$tool" warehouse spark --partitions 8 --to unused > "$work/odd.sql"
"$python" "$here/odd.py" "$work/odd.sql" 2> "$work/said" || { cat "$work/said"; exit 1; }

# The job: files in, one folder of batches out.
job all "$work/job" 8 --gather
only "$work/job" batches
same all "$work/job/batches"
"$tool" status "$work/job/batches" > /dev/null 2>&1
passed "8 partitions gathered are what one machine makes"

# The same again, over the metastore's tables, through pyarrow's file systems: the same bytes.
(cd "$work/metastore" && submit --files "$tool" "${hive[@]}" "$OLDPWD/engines/spark/transform.py" --schema profiles \
    --output "file://$work/stored" --partitions 8 --values json --gather --keep-partitions --scratch "$work/local" \
    > "$work/said.json" 2> "$work/said") || { cat "$work/said"; exit 1; }
only "$work/stored" batches partitions.json "$("$python" -c 'import json, sys; print(json.load(open(sys.argv[1]))["run"])' "$work/stored/partitions.json")"
diff -r -x .lock "$work/job/batches" "$work/stored/batches"
passed "tables and a URI give the same bytes as files and a path"

#!/usr/bin/env bash
# In its strict mode, which is the default, MariaDB refuses a number that is too large, a text that is no number and a day that does not
# exist, in INSERT as well as in LOAD DATA. What comes from JSON_TABLE it makes fit instead, with a warning, and inserts it: all ids beyond
# 31 bits are 2147483647, 30 February is 0000-00-00, `28.02.1990` too, `x` is 0, 1,5 is 1, and a text is cut. ERROR ON ERROR changes nothing.
#
# Version: mariadb 1:10.11.19-0+deb12u1 (Debian 12).   Needs: bash, Debian 12 with its lists of packages (`apt-get update`).
# Hurts: profiles that are loaded as JSON: the rows of all people have the same id, and the statement succeeds.
# Expected: the error that the same value has in an INSERT. Here: what does not fit is a finding and is left out.
set -euo pipefail
folder=$(mktemp -d)
server=
trap '[ -z "$server" ] || { kill "$server"; wait "$server" || true; }; rm -rf "$folder"' EXIT
cd "$folder"
apt-get download -qq mariadb-server-core=1:10.11.19-0+deb12u1 mariadb-client-core=1:10.11.19-0+deb12u1 libmariadb3=1:10.11.19-0+deb12u1 \
    liburing2 libpmem1 libndctl6 libdaxctl1 libnuma1 libsnappy1v5 2> apt.log || { cat apt.log; exit 1; }
for package in *.deb; do dpkg -x "$package" .; done
export LD_LIBRARY_PATH=$folder/usr/lib/x86_64-linux-gnu
mkdir data
: > server.log
usr/sbin/mariadbd --no-defaults --user="$(id -un)" --skip-grant-tables --skip-networking --socket="$folder/socket" --datadir="$folder/data" \
    --lc-messages-dir="$folder/usr/share/mysql" --character-sets-dir="$folder/usr/share/mysql/charsets" >> server.log 2>&1 &
server=$!
for _ in $(seq 120); do grep -q 'ready for connections' server.log && break; sleep 0.5; done

cat > show.sql <<'END'
SELECT @@version, @@sql_mode LIKE '%STRICT%' AS strict;
CREATE DATABASE data;
USE data;
CREATE TABLE people (id INT, birthdate DATE, points DECIMAL(10,2), tier VARCHAR(4));
INSERT INTO people (id) VALUES (12345678901);
INSERT INTO people (birthdate) VALUES ('2021-02-29');
INSERT INTO people (points) VALUES ('1,5');
INSERT INTO people (tier) VALUES ('platinum');
SELECT COUNT(*) AS inserted FROM people;
INSERT INTO people SELECT * FROM JSON_TABLE('[
  {"id": 12345678901, "birthdate": "2021-02-29", "points": "1,5", "tier": "platinum"},
  {"id": 12345678902, "birthdate": "28.02.1990", "points": 1e9, "tier": "gold"},
  {"id": "x", "birthdate": "1990-02-28", "points": 70, "tier": "gold"}
]', '$[*]' COLUMNS (
  id INT PATH '$.id' ERROR ON ERROR, birthdate DATE PATH '$.birthdate' ERROR ON ERROR,
  points DECIMAL(10,2) PATH '$.points' ERROR ON ERROR, tier VARCHAR(4) PATH '$.tier' ERROR ON ERROR
)) AS read_people;
SELECT * FROM people;
END
usr/bin/mariadb --no-defaults --socket="$folder/socket" --force --unbuffered --table < show.sql > seen 2>&1
cat seen
diff seen - <<'END'
+----------------------------+--------+
| @@version                  | strict |
+----------------------------+--------+
| 10.11.19-MariaDB-0+deb12u1 |      1 |
+----------------------------+--------+
--------------
INSERT INTO people (id) VALUES (12345678901)
--------------

ERROR 1264 (22003) at line 5: Out of range value for column 'id' at row 1
--------------
INSERT INTO people (birthdate) VALUES ('2021-02-29')
--------------

ERROR 1292 (22007) at line 6: Incorrect date value: '2021-02-29' for column `data`.`people`.`birthdate` at row 1
--------------
INSERT INTO people (points) VALUES ('1,5')
--------------

ERROR 1265 (01000) at line 7: Data truncated for column 'points' at row 1
--------------
INSERT INTO people (tier) VALUES ('platinum')
--------------

ERROR 1406 (22001) at line 8: Data too long for column 'tier' at row 1
+----------+
| inserted |
+----------+
|        0 |
+----------+
+------------+------------+-------------+------+
| id         | birthdate  | points      | tier |
+------------+------------+-------------+------+
| 2147483647 | 0000-00-00 |        1.00 | plat |
| 2147483647 | 0000-00-00 | 99999999.99 | gold |
|          0 | 1990-02-28 |       70.00 | gold |
+------------+------------+-------------+------+
END

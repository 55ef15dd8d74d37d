#!/usr/bin/env bash
# XlsxWriter makes links of texts that begin like one, and leaves the beginning out of the cell: `internal:vip` becomes `vip`,
# `external:agency` becomes `agency`, `mailto:` goes from an address; `https:` stays. polars always writes workbooks by it, pandas does
# where it is installed, and both pass this on. With a capital letter, `Internal:`, nothing is cut.
#
# Version: xlsxwriter 3.3.1, polars 2.1.0, openpyxl 3.1.5 (PyPI).   Needs: bash, Python 3 with venv.
# Hurts: segments, tags and references that have a colon in them: what the sheet shows and gives back is not what was written.
# Expected: the whole text in the cell, with a link behind it or without. Here: texts are written as texts, and never as links.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
python3 -m venv python
python/bin/pip install -q --disable-pip-version-check xlsxwriter==3.3.1 polars==2.1.0 openpyxl==3.1.5

cat > show.py <<'END'
import openpyxl, polars, xlsxwriter

values = ["internal:vip", "Internal:vip", "internal: vip", "external:agency", "mailto:ada@example.org", "https://example.org"]
book = xlsxwriter.Workbook("xlsxwriter.xlsx")
book.add_worksheet().write_column("A1", ["value", *values])
book.close()
polars.DataFrame({"value": values}).write_excel("polars.xlsx")
for name in ("xlsxwriter", "polars"):
    for written, cell in zip(values, openpyxl.load_workbook(f"{name}.xlsx").active["A"][1:]):
        print(f"{name:10} {written!r} -> {cell.value!r}")
END
python/bin/python show.py > seen
cat seen
diff seen - <<'END'
xlsxwriter 'internal:vip' -> 'vip'
xlsxwriter 'Internal:vip' -> 'Internal:vip'
xlsxwriter 'internal: vip' -> ' vip'
xlsxwriter 'external:agency' -> 'agency'
xlsxwriter 'mailto:ada@example.org' -> 'ada@example.org'
xlsxwriter 'https://example.org' -> 'https://example.org'
polars     'internal:vip' -> 'vip'
polars     'Internal:vip' -> 'Internal:vip'
polars     'internal: vip' -> ' vip'
polars     'external:agency' -> 'agency'
polars     'mailto:ada@example.org' -> 'ada@example.org'
polars     'https://example.org' -> 'https://example.org'
END

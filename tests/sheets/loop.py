"""Walks rejects and warnings through real programs, and compares what arrives with what was written, person by person.

Usage: loop.py BINARY FOLDER
"""

import csv
import importlib.util
import json
import shutil
import subprocess
import sys
from pathlib import Path

from office import Office, installed, version

TOOL, WORK = sys.argv[1], Path(sys.argv[2])

# What a person writes for an id, and into a field that takes any text.
TEXTS = [
    "007",
    "+46701740605",
    "1e5",
    "12345678901234567890",
    "1990-02-28",
    "12,5",
    "NA",
    "TRUE",
    "-5",
    'a;b, "c"',
    "two\nlines",
    "Zoë – 30 €",
]
DATES = ["1990-02-28", "1990/2/8"]
# Never a value, whatever the program.
NO_VALUE = "null"


def people():
    """One person for each text and field: without an id, with an odd address, with an odd date."""
    for number, text in enumerate([*TEXTS, NO_VALUE]):
        yield {"segment_id": f"use_i{number}", "traits": {"name": "Ada"}}, "source_id", text
    for number, text in enumerate([*TEXTS, NO_VALUE]):
        ids = [{"type": "user_id", "id": f"e{number}"}]
        yield {"segment_id": f"use_e{number}", "external_ids": ids, "traits": {"email": "=odd", "name": "007"}}, "email", text
    for number, text in enumerate(DATES):
        ids = [{"type": "user_id", "id": f"b{number}"}]
        yield {"segment_id": f"use_b{number}", "external_ids": ids, "traits": {"birthdate": "soon"}}, "birthdate", text


PEOPLE = list(people())
WANTED = {profile["segment_id"]: (field, text) for profile, field, text in PEOPLE}
# The transform has tables of its own, which must not come in the place of a sheet.
OUTPUTS = ["--rejects", "left.table", "--warnings", "odd.table"]
TABLES = {"rejects": ["source_id"], "warnings": ["email", "birthdate"]}


def typed(table, write):
    """What is typed into a table: pairs of `segment_id` and text."""
    return [(who, write(text)) for who, (field, text) in WANTED.items() if field in TABLES[table]]


def run(*arguments, folder):
    done = subprocess.run([TOOL, *map(str, arguments)], cwd=folder, capture_output=True, text=True)
    if done.returncode != 0:
        raise SystemExit(f"{arguments} ended with {done.returncode}:\n{done.stderr}")
    return done.stdout


def arrived(sheets, folder):
    """What becomes of each person's text with these sheets; `None` where it is refused."""
    corrections = [word for sheet in sheets for word in ("--corrections", sheet)]
    lines = run("transform", WORK / "people", "-o", "-", "--plain", "--csv", "plain", *OUTPUTS, *corrections, folder=folder)
    customers = [customer for line in lines.splitlines() for customer in json.loads(line)]
    with open(folder / "corrections.csv", encoding="utf-8", newline="") as file:
        rows = {row["segment_id"]: row for row in csv.DictReader(file)}
    found = {}
    for who, (field, _) in WANTED.items():
        row = rows.pop(who, None)
        if row is None:
            found[who] = ""
        elif row["outcome"] == "did_not_help":
            found[who] = None
        else:
            assert row["outcome"] == "applied", row
            found[who] = row["corrected_value"].removeprefix("'")
    assert not rows, f"rows about nobody: {rows}"
    # What the table says is what the customers have.
    for who, value in found.items():
        field, number = WANTED[who][0], who[5:]
        if field == "source_id":
            have = [customer for customer in customers if customer["source_id"] == value]
            assert not value or len(have) == 1, (who, value, have)
        else:
            customer = next(customer for customer in customers if customer["source_id"] == f"{who[4]}{number}")
            assert customer.get(field) == (value or ("=odd" if field == "email" else None)), (who, value, customer)
            if field == "email":
                assert customer["name"] == "007", customer
    expected = sum(1 for who, (field, _) in WANTED.items() if field != "source_id" or found[who])
    assert len(customers) == expected, (len(customers), expected)
    return found


WRONG = []


def check(name, sheets, changes, folder):
    """Insists that everything arrives as it was written, but for `changes`: of a text what becomes of it."""
    if folder.exists() and (folder / "corrections.csv").exists():
        (folder / "corrections.csv").unlink()
    told = []
    for who, value in arrived(sheets, folder).items():
        field, text = WANTED[who]
        wanted = changes.get((field, text), changes.get(text, text))
        if text == NO_VALUE:
            wanted = changes.get(text)
        elif field == "birthdate":
            wanted = {"1990-02-28": "1990-02-28", "1990/2/8": "1990-02-08"}[text]
        if value != wanted:
            WRONG.append(f"{name}: {field} {text!r} became {value!r}, not {wanted!r}")
        elif value != text and text != NO_VALUE and field != "birthdate":
            told.append(f"{text!r} {value!r}" if field == "email" else "")
    print(f"{name}: " + (", ".join(filter(None, told)) or "everything as it was written"))


def plain(text):
    return text


def quoted(text):
    """As a person types it who wants it to stay as it is."""
    return f"'{text}" if text[0] in "0123456789+-=" else text


def place(name):
    folder = WORK / name.replace(" ", "-").replace(",", "").replace(":", "")
    folder.mkdir()
    return folder


def office():
    if not installed():
        print("left out: LibreOffice Calc is not installed (Debian: libreoffice-calc)")
        return
    print(f"== {version()}")
    for locale in ["en-US", "de-DE"]:
        ways = [
            ("our workbook", "xlsx", plain, IN_CSV),
            ("our CSV, an apostrophe typed in front", "csv", quoted, OFFICE[locale]["quoted"]),
            ("our CSV, typed as it is", "csv", plain, OFFICE[locale]["plain"]),
        ]
        folders = [place(f"{locale} {name}") for name, *_ in ways]
        jobs = [
            (WORK / f"batches/{table}.{ending}", typed(table, write), [folder / f"{table}.{form}" for form in FORMS])
            for folder, (_, ending, write, _) in zip(folders, ways)
            for table in TABLES
        ]
        Office(WORK, locale).type_in(jobs)
        for folder, (name, _, _, changes) in zip(folders, ways):
            for form in FORMS:
                known = {**changes, **changes.get(form, {})}
                check(f"{locale}, {name}, saved as {form}", [f"{table}.{form}" for table in TABLES], known, folder)


FORMS = ["xlsx", "ods", "csv"]


def filled_workbook(table, folder, write=plain):
    """Our workbook, filled in cell by cell as text."""
    import openpyxl

    book = openpyxl.load_workbook(WORK / f"batches/{table}.xlsx")
    sheet = book[table]
    header = [cell.value for cell in sheet[1]]
    texts = dict(typed(table, write))
    for row in sheet.iter_rows(min_row=2):
        cell = row[header.index("corrected_value")]
        text = texts.get(row[0].value)
        if text is not None:
            cell.value = text
            cell.data_type = "s"
    path = folder / f"{table}-filled.xlsx"
    book.save(path)
    return path


def filled_csv(table, folder, write):
    with open(WORK / f"batches/{table}.csv", encoding="utf-8-sig", newline="") as file:
        rows = list(csv.DictReader(file))
    texts = dict(typed(table, write))
    path = folder / f"{table}-filled.csv"
    with open(path, "w", encoding="utf-8-sig", newline="") as file:
        writer = csv.DictWriter(file, rows[0])
        writer.writeheader()
        for row in rows:
            writer.writerow({**row, "corrected_value": texts.get(row["segment_id"], "")})
    return path


def gnumeric():
    if not shutil.which("ssconvert"):
        print("left out: ssconvert is not installed (Debian: gnumeric)")
        return
    said = subprocess.run(["ssconvert", "--version"], capture_output=True, text=True).stdout
    print(f"== Gnumeric {said.splitlines()[0].split(chr(39))[1]}")
    forms = {"xlsx": "Gnumeric_Excel:xlsx2", "ods": "Gnumeric_OpenCalc:odf"}
    for name, make, write, changes in [
        ("our workbook", filled_workbook, plain, IN_CSV),
        ("our CSV, with apostrophes", filled_csv, quoted, GNUMERIC["quoted"]),
        ("our CSV, as it is", filled_csv, plain, GNUMERIC["plain"]),
    ]:
        folder = place(f"gnumeric {name}")
        for table in TABLES:
            made = make(table, folder, write)
            for form, exporter in forms.items():
                command = ["ssconvert", "-T", exporter, made, folder / f"{table}.{form}"]
                subprocess.run(command, check=True, capture_output=True)
            # Of a workbook each sheet is a file.
            command = ["ssconvert", "-S", "-T", "Gnumeric_stf:stf_csv", made, folder / f"{table}-%n.csv"]
            subprocess.run(command, check=True, capture_output=True)
            last = sorted(folder.glob(f"{table}-[0-9].csv"))[-1]
            last.rename(folder / f"{table}.csv")
        for form in FORMS:
            known = {**changes, **changes.get(form, {})}
            check(f"Gnumeric, {name}, saved as {form}", [f"{table}.{form}" for table in TABLES], known, folder)


def libraries():
    texts = {table: dict(typed(table, plain)) for table in TABLES}
    if importlib.util.find_spec("pandas"):
        import pandas

        print(f"== pandas {pandas.__version__}")
        folder = place("pandas")
        for table in TABLES:
            loose = pandas.read_csv(WORK / f"batches/{table}.csv", dtype={"corrected_value": "object"})
            loose["corrected_value"] = loose["segment_id"].map(texts[table])
            loose.to_csv(folder / f"{table}-loose.csv", index=False)
            loose.to_excel(folder / f"{table}-loose.xlsx", index=False)
            strict = pandas.read_csv(WORK / f"batches/{table}.csv", dtype=str, keep_default_na=False)
            strict["corrected_value"] = strict["segment_id"].map(texts[table])
            strict.to_csv(folder / f"{table}-strict.csv", index=False)
            book = pandas.read_excel(WORK / f"batches/{table}.xlsx", sheet_name=table, dtype=str)
            book["corrected_value"] = book["segment_id"].map(texts[table])
            book.to_excel(folder / f"{table}-book.xlsx", index=False)
            book.to_excel(folder / f"{table}-book.ods", index=False, engine="odf")
            # Read once more as numbers and dates, as notebooks do, and saved again.
            again = pandas.read_csv(folder / f"{table}-strict.csv")
            again.to_csv(folder / f"{table}-again.csv", index=False)
        for form in ["loose.csv", "loose.xlsx", "strict.csv", "book.xlsx", "book.ods", "again.csv"]:
            check(f"pandas, {form}", [f"{table}-{form}" for table in TABLES], PANDAS.get(form, {}), folder)
    else:
        print("left out: pandas is not installed")
    if importlib.util.find_spec("polars"):
        import polars

        print(f"== polars {polars.__version__}")
        folder = place("polars")
        for table in TABLES:
            value = polars.col("segment_id").replace_strict(texts[table], default=None, return_dtype=polars.String)
            frame = polars.read_csv(WORK / f"batches/{table}.csv").with_columns(value.alias("corrected_value"))
            frame.write_csv(folder / f"{table}.csv")
            frame.write_csv(folder / f"{table}.tsv", separator="\t")
            book = polars.read_excel(WORK / f"batches/{table}.xlsx", sheet_name=table)
            book.with_columns(value.alias("corrected_value")).write_excel(folder / f"{table}.xlsx")
        for form in ["csv", "tsv", "xlsx"]:
            check(f"polars, {form}", [f"{table}.{form}" for table in TABLES], POLARS.get(form, {}), folder)
    else:
        print("left out: polars is not installed")


def miller():
    if not shutil.which("mlr"):
        print("left out: Miller is not installed (Debian: miller)")
        return
    said = subprocess.run(["mlr", "--version"], capture_output=True, text=True).stdout
    print(f"== Miller {said.split()[1]}")
    folder = place("miller")
    for table in TABLES:
        values = folder / f"{table}-values.json"
        values.write_text(json.dumps([{"segment_id": who, "corrected_value": text} for who, text in typed(table, plain)]))
        made = filled_csv(table, folder, plain)
        for form, option in [("csv", "--ocsv"), ("tsv", "--otsv")]:
            done = subprocess.run(["mlr", "--icsv", option, "cat", made], check=True, capture_output=True)
            (folder / f"{table}.{form}").write_bytes(done.stdout)
    for form in ["csv", "tsv"]:
        check(f"Miller, {form}", [f"{table}.{form}" for table in TABLES], MILLER.get(form, {}), folder)


# What programs change, seen with the versions in docs/formats.md. In a CSV nobody can tell `1e5` from a number that was
# rounded, so that it is refused there.
IN_CSV = {"csv": {"1e5": None}}
TYPED = {"007": "7", "+46701740605": "46701740605", "1e5": "100000", "12345678901234567890": None}
OFFICE = {
    "en-US": {
        "quoted": {"xlsx": {"TRUE": None}, "ods": {"TRUE": None}, **IN_CSV},
        "plain": {**TYPED, **{form: {"1990-02-28": None, "TRUE": None} for form in ["xlsx", "ods"]}},
    },
    # `TRUE` is no word of a German edition, and 12,5 is a number there.
    "de-DE": {
        "quoted": IN_CSV,
        "plain": {**TYPED, **{form: {"1990-02-28": None, "12,5": "12.5"} for form in ["xlsx", "ods"]}},
    },
}
GNUMERIC = {
    "quoted": {"xlsx": {"TRUE": None}, "ods": {"TRUE": None}, **IN_CSV},
    "plain": {
        **{"007": "7", "+46701740605": "46701740605", "1e5": "100000"},
        **{form: {"12345678901234567890": None, "1990-02-28": None, "TRUE": None} for form in ["xlsx", "ods"]},
        "csv": {"1990-02-28": "1990/02/28"},
    },
}
PANDAS = {"loose.csv": IN_CSV["csv"], "strict.csv": IN_CSV["csv"], "again.csv": {"1e5": None, "NA": "", NO_VALUE: ""}}
POLARS = {"csv": IN_CSV["csv"], "tsv": IN_CSV["csv"]}
MILLER = {"csv": IN_CSV["csv"], "tsv": {"1e5": None, "two\nlines": None}}

(WORK / "people").write_text("\n".join(json.dumps(profile) for profile, _, _ in PEOPLE), encoding="utf-8")
run("transform", "people", "--tables", "xlsx", folder=WORK)
for walk in [gnumeric, libraries, miller, office]:
    if walk.__name__ not in sys.argv[3:]:
        walk()
if WRONG:
    raise SystemExit("\n".join(WRONG))

"""LibreOffice without a screen, at work as a person is: opens a table, types into cells, saves."""

import shutil
import subprocess
from pathlib import Path

CSV = "Text - txt - csv (StarCalc)"
FILTERS = {"xlsx": "Calc MS Excel 2007 XML", "ods": "calc8", "csv": CSV}

EMPTY = '""'

SETTINGS = """<?xml version="1.0" encoding="UTF-8"?>
<oor:items xmlns:oor="http://openoffice.org/2001/registry" xmlns:xs="http://www.w3.org/2001/XMLSchema">
<item oor:path="/org.openoffice.Setup/L10N"><prop oor:name="ooSetupSystemLocale" oor:op="fuse"><value>LOCALE</value></prop></item>
<item oor:path="/org.openoffice.Office.Common/Security/Scripting"><prop oor:name="MacroSecurityLevel" oor:op="fuse"><value>0</value></prop></item>
</oor:items>
"""
MODULE = """<?xml version="1.0" encoding="UTF-8"?>
<!DOCTYPE script:module PUBLIC "-//OpenOffice.org//DTD OfficeDocument 1.0//EN" "module.dtd">
<script:module xmlns:script="http://openoffice.org/2000/script" script:name="Module1" script:language="StarBasic">CODE</script:module>
"""


def installed():
    return shutil.which("soffice") is not None


def version():
    said = subprocess.run(["soffice", "--version"], capture_output=True, text=True, check=True).stdout
    return " ".join(said.split()[:2])


def basic(text):
    """A text as an expression of Basic."""
    pieces = [f'"{piece.replace(chr(34), chr(34) * 2)}"' for piece in text.split("\n")]
    return " & Chr(10) & ".join(pieces)


def escaped(text):
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;").replace('"', "&quot;")


class Office:
    """One profile, of a country."""

    def __init__(self, folder, locale):
        self.profile = folder / f"office-{locale}"
        self.locale = locale
        (self.profile / "user").mkdir(parents=True)
        (self.profile / "user/registrymodifications.xcu").write_text(SETTINGS.replace("LOCALE", locale))
        self.delimiter = 59 if locale.startswith("de") else 44
        # A new profile is made at the first start, with a module to write into.
        self.soffice("--terminate_after_init")

    def soffice(self, *arguments, seconds=600):
        command = ["soffice", f"-env:UserInstallation=file://{self.profile}", "--headless", *arguments]
        done = subprocess.run(command, capture_output=True, text=True, timeout=seconds)
        if done.returncode != 0:
            raise SystemExit(f"{command}: {done.stderr}")

    def type_in(self, jobs):
        """For each of `jobs`: opens a table, types texts into the sheet whose header has `corrected_value`, and saves it
        under other names. What is typed are pairs of a `segment_id` and a text.
        """
        lines = [
            "Sub Main",
            "Dim before(1) As New com.sun.star.beans.PropertyValue",
            "Dim after(1) As New com.sun.star.beans.PropertyValue",
            'before(0).Name = "Hidden"',
            "before(0).Value = True",
            # What its dialog proposes for a CSV with a byte order mark: commas and UTF-8.
            'before(1).Name = "FilterOptions"',
        ]
        for table, typed, saved in jobs:
            lines += [f'before(1).Value = "{"44,34,76,1" if table.suffix == ".csv" else ""}"', *self.job(table, typed, saved)]
        lines += ["StarDesktop.terminate()", "End Sub"]
        module = self.profile / "user/basic/Standard/Module1.xba"
        module.write_text(MODULE.replace("CODE", escaped("\n".join(lines))), encoding="utf-8")
        self.soffice("--norestore", "macro:///Standard.Module1.Main")
        for path in [path for _, _, saved in jobs for path in saved]:
            # Of a workbook with several sheets the file has the name of the sheet, too.
            for named in path.parent.glob(f"{path.stem}-*{path.suffix}"):
                named.rename(path)
            if not path.exists():
                raise SystemExit(f"LibreOffice ({self.locale}) did not save {path}")

    def job(self, table, typed, saved):
        yield f'document = StarDesktop.loadComponentFromURL("{table.as_uri()}", "_blank", 0, before())'
        yield from """For Each candidate In document.Sheets
For column = 0 To 20
If candidate.getCellByPosition(column, 0).String = "corrected_value" Then
sheet = candidate
target = column
End If
Next
Next""".splitlines()
        for segment_id, text in typed:
            yield "row = 1"
            yield f"Do While sheet.getCellByPosition(0, row).String <> {basic(segment_id)}"
            yield "row = row + 1"
            yield "Loop"
            yield f"sheet.getCellByPosition(target, row).FormulaLocal = {basic(text)}"
        for path in saved:
            form = path.suffix[1:]
            # A CSV is of one sheet; a person saves the one that is looked at.
            options = f'"{self.delimiter},34,76,1,,0,false,true,false,false,false," & (sheet.RangeAddress.Sheet + 1)'
            yield 'after(0).Name = "FilterName"'
            yield f'after(0).Value = "{FILTERS[form]}"'
            yield 'after(1).Name = "FilterOptions"'
            yield f"after(1).Value = {options if form == 'csv' else EMPTY}"
            yield f'document.storeToURL("{path.as_uri()}", after())'
        yield "document.close(True)"

    def convert(self, table, form, folder, seconds=600):
        """`seconds` is the patience with LibreOffice, which takes its time for a large table."""
        self.soffice("--convert-to", form, "--outdir", str(folder), str(table), seconds=seconds)
        return Path(folder) / f"{table.stem}.{form.split(':')[0]}"

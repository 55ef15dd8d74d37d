"""What is disturbed: each scenario is a folder as it is before, a command, and a server where one is needed."""

import gzip
import shutil

PEOPLE = ["--profiles", "60", "--seed", "7", "--rate", "5000"]
EXPORT = ["export", "--rate", "5000", "--part-size", "20"]
TRANSFORM = ["transform", "--batch-customers", "15"]
MAPPING = """[customer]
source_id = "/external_ids/{identifier}"
name = "/traits/firstName"
email = "/traits/email"
"""
SCHEMA = '{"schemas":[{"related_object":"customer","properties":{"plan":{"type":"string"}}}]}'


class Scenario:
    """`before` prepares the folder with `world.run`; `sandbox` are the server's options while it is disturbed."""

    def __init__(self, name, command, code, before, sandbox=None, filled=None):
        self.name, self.command, self.code = name, command, code
        self.before, self.sandbox = before, sandbox
        # What is done with each new server before the command: it has seen nothing else.
        self.filled = filled


def nothing(_world):
    pass


def archive(world):
    world.run(["sandbox", "--write", "export", *PEOPLE])


def batches(world):
    archive(world)
    world.run(TRANSFORM)


def failed_profiles(world):
    with world.server([*PEOPLE, "--poison", "3"]):
        world.run(EXPORT, 3)


def identifiers(world):
    world.write("ids.txt", "".join(f"{line}\n" for line in world.segment_ids(PEOPLE)[:45]))


def other_batches(world):
    batches(world)
    world.write("mapping.toml", MAPPING)


def filled_in(world):
    batches(world)
    rejects = world.table("batches/rejects.csv")
    wanted = [row for row in rejects if row["field"] == "source_id"][:6]
    sheet = ["segment_id,field,corrected_value,file,line"]
    sheet += [f"{row['segment_id']},source_id,mended-{place},," for place, row in enumerate(wanted)]
    world.write("sheet.csv", "\n".join(sheet) + "\n")


def shares(world):
    archive(world)
    for share in range(3):
        world.run([*TRANSFORM, "--partition", f"{share}/3", "-o", f"share-{share}"])


def sent(world):
    batches(world)
    with world.server(PEOPLE):
        world.run(["upload"])


def sent_then_changed(world):
    sent(world)
    world.write("mapping.toml", MAPPING)
    world.run([*TRANSFORM, "--mapping", "mapping.toml"])


def refused(world):
    batches(world)
    with world.server([*PEOPLE, "--refuse-percent", "20"]):
        world.run(["upload"], 3)


def two_transforms(world):
    batches(world)
    world.write("mapping.toml", MAPPING)
    world.run([*TRANSFORM, "--mapping", "mapping.toml", "-o", "trial"])


def differing(world):
    sent_then_changed(world)
    # As if the second content had been sent: the project holds the first.
    for folder in world.glob("batches/receipts/*"):
        shutil.rmtree(folder)
    with world.server(PEOPLE):
        world.run(["upload"])
    world.keep_server([*PEOPLE, "--metadata-schema", world.write("schema.json", SCHEMA)])
    world.run(["transform", "--batch-customers", "15", "-o", "first"])
    world.run(["upload", "first"])


def known_people(world):
    """Batches of everybody, and of the first half as the project knew them before, under other names."""
    batches(world)
    with gzip.open(f"{world.root}/export/profiles-000001.ndjson.gz") as lines:
        half = lines.read().splitlines(keepends=True)[:30]
    with open(f"{world.root}/half.ndjson", "wb") as file:
        file.writelines(half)
    world.write("mapping.toml", MAPPING)
    world.run([*TRANSFORM, "half.ndjson", "--mapping", "mapping.toml", "-o", "half"])


def knows_half(world):
    world.run(["upload", "half"])


def uploaded_over_half(world):
    knows_half(world)
    world.run(["upload", "--keep-before"])


def schema_there(world):
    world.write("schema.json", SCHEMA)


ALL = [
    Scenario("export", EXPORT, 0, nothing, [*PEOPLE, "--vanish", "2"]),
    Scenario("export-again", EXPORT, 0, failed_profiles, PEOPLE),
    Scenario("export-ids", [*EXPORT, "--ids-from", "ids.txt"], 0, identifiers, PEOPLE),
    Scenario("transform", TRANSFORM, 0, archive),
    Scenario("transform-other", [*TRANSFORM, "--mapping", "mapping.toml"], 0, other_batches),
    Scenario("transform-pipe", ["transform", "-o", "-", "--plain"], 0, archive),
    Scenario("corrections", [*TRANSFORM, "--corrections", "sheet.csv"], 0, filled_in),
    Scenario("gather", ["gather", "share-0", "share-1", "share-2"], 0, shares),
    Scenario("upload", ["upload"], 3, batches, [*PEOPLE, "--refuse-percent", "20"]),
    Scenario("upload-outcomes", ["upload", "--outcomes", "outcomes.csv"], 0, batches, PEOPLE),
    Scenario("upload-changed", ["upload", "--changed-only"], 0, sent_then_changed, PEOPLE),
    Scenario("upload-refused", ["upload", "--retry-refused"], 0, refused, PEOPLE),
    Scenario("upload-before", ["upload", "--keep-before"], 0, known_people, PEOPLE, knows_half),
    Scenario("undo", ["undo", "--yes", "--delete-created"], 0, known_people, PEOPLE, uploaded_over_half),
    Scenario("verify", ["verify"], 3, differing),
    Scenario("diff", ["diff", "batches", "trial", "-o", "diff.csv"], 0, two_transforms),
    Scenario("report", ["report"], 0, sent),
    Scenario("schema", ["schema"], 0, schema_there, ["--metadata-schema", "schema.json"]),
]

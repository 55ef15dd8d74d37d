"""Tables of Profiles Sync with every dirt there is, and what must come out of them, worked out independently.

    rows.py FOLDER PROFILES    writes TABLE.tsv for PostgreSQL's COPY, rows.json, and truth.json
"""

import json
import random
import sys

BLANKS = "\t\n\x0b\x0c\r \x85\xa0\u1680\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009\u200a\u2028\u2029\u202f\u205f\u3000"
TEXTS = [
    "gold", 'she said "yes"', "back\\slash \\n \\u0041", "line\nbreak", "tab\there", "carriage\rreturn", "é", "😀",
    "  blanks around  ", "12345678901234567890", "1e5", "-0", "1.10", "true", "null", "", "  ", "NaN",
    '{"a":1,"b":[1,2]}', "[1,2,3]", '{\n "pretty": true\n}', '{"broken":', '"in quotation marks"', "\x01\x02\x1f", "\u2028",
    "12 Main Street", "true story", "\\.", "\\N", "$$", "09:30", "1990-02-28T10:11:12Z", '{"a":1,"a":2}', '"\\ud83d"',
    "x" * 5000,
]
NAMES = ["email", "Email", "firstName", "last name", "phone", "address", 'quo"te', "back\\slash", "naïve", "line\nbreak", "😀",
         "plan", "age", "k1", "k2", "k3"]


def tables(count):
    """Rows of traits (profile, name, value, seq), identifiers (profile, type, value, seq), merges (into, profile, seq)."""
    dice = random.Random(count)
    traits, identifiers, merges, seq = [], [], [], 0
    for number in range(count):
        profile = f"use_{dice.getrandbits(64):016x}"
        kind = dice.random()
        if kind > 0.05:
            for name in dice.sample(NAMES, dice.randint(1, len(NAMES))):
                # Older rows of the same trait, and rows whose seq is not known.
                for _ in range(3 if dice.random() < 0.1 else 1):
                    seq += 1
                    value = dice.choice(TEXTS) if dice.random() < 0.6 else f"v{dice.randint(0, 999)}"
                    value = None if dice.random() < 0.03 else value
                    traits.append((profile, name, value, None if dice.random() < 0.01 else seq))
        if kind < 0.95:
            claims = [f"u{number}"] * 4 + [f"  u{number} ", f"\u00a0u{number}\u3000", f"u{dice.randint(0, count)}", "   "]
            for share, sort, value in [(0.9, "user_id", dice.choice(claims)), (0.1, "user_id", f"second-{number}"),
                                       (0.7, "anonymous_id", f'anonymous-{number}\\"'), (0.3, "email", f"p{number}@x.example")]:
                if dice.random() < share:
                    seq += 1
                    identifiers.append((profile, sort, value, seq))
        if dice.random() < 0.05:
            seq += 1
            merges.append((f"use_{dice.getrandbits(64):016x}", profile, seq))
        if dice.random() < 0.01:
            seq += 1
            merges.append((profile, profile, seq))
    dice.shuffle(traits)
    dice.shuffle(identifiers)
    return traits, identifiers, merges


def truth(traits, identifiers, merges):
    """Every profile with its key for partitions, its external ids in order, and its traits as texts."""
    rank = lambda seq: -1 if seq is None else seq
    newest = {}
    for profile, name, value, seq in traits:
        held = newest.get((profile, name))
        order = (-rank(seq), value is None, (value or "").encode())
        if held is None or order < held[0]:
            newest[profile, name] = (order, value)
    profiles = {}
    for (profile, name), (_, value) in newest.items():
        texts = profiles.setdefault(profile, ({}, []))[0]
        if value is not None:
            texts[name] = value
    for profile, sort, value, seq in identifiers:
        profiles.setdefault(profile, ({}, []))[1].append((seq, sort, value))
    last = {}
    for into, profile, seq in merges:
        if profile not in last or seq > last[profile][0]:
            last[profile] = (seq, into)
    gone = {profile for profile, (_, into) in last.items() if into != profile}
    people = []
    for profile in sorted(set(profiles) - gone):
        texts, ids = profiles[profile]
        ids.sort()
        named = [value.strip(BLANKS) for _, sort, value in ids if sort == "user_id" and value.strip(BLANKS)]
        people.append({
            "segment_id": profile,
            "key": named[0] if named else profile,
            "external_ids": [[sort, value] for _, sort, value in ids],
            "trait_texts": {name: texts[name] for name in sorted(texts, key=str.encode)},
        })
    return people, len(set(profiles) & gone)


def escaped(value):
    if value is None:
        return "\\N"
    value = str(value)
    for plain, escape in [("\\", "\\\\"), ("\n", "\\n"), ("\r", "\\r"), ("\t", "\\t")]:
        value = value.replace(plain, escape)
    return value


if __name__ == "__main__":
    folder, count = sys.argv[1], int(sys.argv[2])
    rows = tables(count)
    for name, table in zip(["user_traits", "user_identifiers", "profile_merges"], rows):
        with open(f"{folder}/{name}.tsv", "w", newline="\n") as file:
            file.writelines("\t".join(map(escaped, row)) + "\n" for row in table)
    people, merged = truth(*rows)
    json.dump({"people": people, "merged": merged}, open(f"{folder}/truth.json", "w"))
    print(f"{len(people)} profiles, {merged} merged away")

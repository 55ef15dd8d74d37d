"""Profiles with every dirt there is, and what must become of them by the built-in mapping, worked out apart from the program."""

import hashlib
import json
import random

# What Unicode calls white space.
BLANKS = "\t\n\x0b\x0c\r \x85\xa0\u1680\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009\u200a\u2028\u2029\u202f\u205f\u3000"


class Digits(str):
    """A number of JSON as it is written."""


def dump(value):
    """JSON on one line; the characters of texts escaped or not, as the text's own length decides."""
    if isinstance(value, Digits):
        return str(value)
    if isinstance(value, dict):
        return "{" + ",".join(f"{dump(str(name))}:{dump(member)}" for name, member in value.items()) + "}"
    if isinstance(value, list):
        return "[" + ",".join(map(dump, value)) + "]"
    return json.dumps(value, ensure_ascii=isinstance(value, str) and len(value) % 2 == 0)


TEXTS = [
    'she said "yes"', "back\\slash \\n \\u0041", "line\nbreak", "tab\there", "carriage\rreturn", "é", "🎉 emoji 👩‍👩‍👧", "\u2028", "\x01\x1f",
    "  blanks around\t", "\u00a0\u3000wide blanks\u2003", "12345678901234567890", "1e5", "-0", "true", "null", "{\"a\":1}", "[1,2,3]",
    "\"in quotation marks\"", "=cmd()", "'apostrophe", "a,b;c|d", "NaN", "\\N", "$$", "x" * 3000, "12 Main Street", "0",
]
EMPTY = ["", "  ", "\t\u3000", None]
ODD = [Digits("12345678901234567890"), Digits("1e5"), Digits("-0"), Digits("1.10"), Digits("0"), True, False]
WRONG = [[], ["a"], {}, {"a": "b"}]
# As written, and the day that is plain; none where nobody can tell, or there is no such day.
DATES = {
    "1990-01-31": "1990-01-31", "1990-01-31T23:11:12Z": "1990-01-31", "1990-01-31T10:11:12+0000": "1990-01-31", "1990/1/31": "1990-01-31",
    "19900131": "1990-01-31", "31 January 1990": "1990-01-31", " 2000-02-29 ": "2000-02-29", "1990-02-30": None, "01/02/1990": None,
    "yesterday": None, "1999-02-29": None,
}
ADDRESS = {"city": "city", "state": "state", "street": "line_1", "line_2": "line_2", "country": "country", "postalCode": "postal_code"}


def person(dice, number, count):
    """One profile: its segment_id, its ids as pairs of type and id, its traits; or a line that is none."""
    if dice.random() < 0.002:
        return dice.choice(["no json", '{"segment_id":', "[]", "7", '{"traits":{}}', '{"segment_id":" "}', f'{{"n":{number}'])
    ids, traits = [], {}
    own = f"u{number}"
    if dice.random() < 0.93:
        claims = [own] * 12 + [f" {own}\t", f"\u00a0{own}\u3000", f"u{dice.randrange(count)}", f"  u{dice.randrange(count)}", "null", "000", "-1",
                               "Anonymous", "   ", "", f'quote"{number}', f"back\\slash {number}", f"line\nbreak {number}", f"tab\t{number}",
                               f"🎉{number}", str(10**19 + number), Digits(10**19 + number), f"ünï-{number}", None]
        ids.append(("user_id", dice.choice(claims)))
    if dice.random() < 0.1:
        ids.append(("user_id", dice.choice([f"second-{number}", f"  u{dice.randrange(count)} ", own])))
    if dice.random() < 0.6:
        ids.insert(dice.randrange(len(ids) + 1), ("anonymous_id", f'anonymous-{number}\\"'))
    if dice.random() < 0.3:
        ids.insert(dice.randrange(len(ids) + 1), ("email", f"p{number}@x.example"))

    def some(share, name, *values):
        if dice.random() < share:
            traits[name] = dice.choice([*values, *TEXTS, *EMPTY, *ODD, *WRONG] if dice.random() < 0.3 else values)

    if dice.random() > 0.04:
        some(0.5, "name", f"Name {number}", "Ada Lovelace")
        some(0.4, "firstName", "Ada", f"First {number}")
        some(0.4, "lastName", "Lovelace", "Müller")
        some(0.2, "first_name", "Other")
        some(0.6, "email", f"person.{number}@shop.example")
        some(0.3, "description", *TEXTS)
        some(0.3, "phone", "+1 212 555 0100", Digits("2125550100"))
        if dice.random() < 0.3:
            traits["birthdate"] = dice.choice(list(DATES))
        kind = dice.random()
        if kind < 0.3:
            traits["address"] = {name: dice.choice(["Köln", f"{number} Main Street", "0100", *TEXTS[:4]]) for name in ADDRESS if dice.random() < 0.5}
        elif kind < 0.4:
            some(1, "city", "Oslo")
            some(1, "postal_code", "0150", Digits("75001"))
        elif kind < 0.43:
            traits["address"] = "1 Long Road, Leeds"
        if dice.random() < 0.2:
            traits["metadata"] = {"plan": "gold", "points": dice.choice(ODD), "nested": {"tags": ["a", None], "note": dice.choice(TEXTS)}, 'quo"te': "🎉"}
        for name in dice.sample(["plan", "last name", 'quo"te', "naïve", "line\nbreak", "😀", "Email", "user_id"], dice.randrange(4)):
            traits[name] = dice.choice([*TEXTS, *ODD, *WRONG, None])
    return {"segment_id": f"use_{dice.getrandbits(64):016x}", "external_ids": ids, "traits": traits}


def people(count):
    """So many of them, in the order of their ids, some of them twice."""
    dice = random.Random(count)
    made = [person(dice, number, count) for number in range(count)]
    made.sort(key=lambda one: one if isinstance(one, str) else one["segment_id"])
    for _ in range(count // 2000):
        place = dice.randrange(len(made))
        made.insert(place, made[place])
    return made


def line(one, texts=False):
    """As a line of an archive; with `texts` as an engine unloads it."""
    if isinstance(one, str):
        return one
    whole = {"segment_id": one["segment_id"]}
    if one["external_ids"] or not texts:
        whole["external_ids"] = [{"type": kind, "id": value} for kind, value in one["external_ids"]]
    whole["trait_texts" if texts else "traits"] = {n: dump(v) if texts else v for n, v in one["traits"].items()}
    return dump(whole)


def partition(one, count):
    key = line(one)
    if not isinstance(one, str):
        named = [(value or "").strip(BLANKS) for kind, value in one["external_ids"] if kind == "user_id"]
        key = next(filter(None, named), one["segment_id"])
    return int(hashlib.md5(key.encode()).hexdigest()[:7], 16) % count


def text(value):
    """What a value is as text; none where it has none."""
    if isinstance(value, bool):
        return "true" if value else "false"
    return value.strip(BLANKS) or None if isinstance(value, str) else None


def customer(one, source_id):
    traits = one["traits"]

    def first(*names, within=traits):
        return next(filter(None, (text(within.get(name)) for name in names)), None)

    made = {"source_id": source_id}
    parts = [first("firstName", "first_name"), first("lastName", "last_name")]
    made["name"] = first("name") or " ".join(filter(None, parts)) or None
    made["description"], made["email"], made["phone"] = first("description"), first("email"), first("phone")
    made["birthdate"] = DATES.get(traits.get("birthdate"))
    inside = traits["address"] if isinstance(traits.get("address"), dict) else {}
    address = {ours: first(theirs, within=inside) for theirs, ours in ADDRESS.items()}
    address["city"] = address["city"] or first("city")
    address["postal_code"] = address["postal_code"] or first("postal_code")
    address["line_1"] = address["line_1"] or first("address")
    made["address"] = {name: value for name, value in address.items() if value} or None
    made["metadata"] = traits.get("metadata")
    made["system_metadata"] = {"source": "segmentio"}
    return {name: value for name, value in made.items() if value is not None}


def truth(everybody):
    """Customers by their source_id, as JSON with numbers as they are written, and rejects: (segment_id, source_id, reason)."""
    customers, rejects, profiles = {}, [], set()
    for one in everybody:
        if isinstance(one, str):
            rejects.append(("", "", "malformed_line"))
            continue
        segment_id = one["segment_id"]
        named = filter(None, (text(value) for kind, value in one["external_ids"] if kind == "user_id"))
        source_id = next(named, None)
        if source_id is None:
            rejects.append((segment_id, "", "missing_identifier"))
        elif source_id.lower() in ("null", "undefined", "anonymous", "-1") or not source_id.strip("0-"):
            rejects.append((segment_id, source_id, "blocked_identifier"))
        elif segment_id in profiles:
            rejects.append((segment_id, source_id, "duplicate_profile"))
        elif source_id in customers:
            profiles.add(segment_id)
            rejects.append((segment_id, source_id, "duplicate_source_id"))
        else:
            profiles.add(segment_id)
            customers[source_id] = dump(customer(one, source_id))
    return {source_id: exact(made) for source_id, made in customers.items()}, sorted(rejects)


def exact(json_text):
    """JSON as a value that compares digit by digit."""
    return json.loads(json_text, parse_int=Digits, parse_float=Digits)

#!/usr/bin/env bash
# peewee's `insert_many` and SQLAlchemy's `insert()` take the columns of many rows from the first one. What only later rows have is left out,
# without an error or a warning; SQLAlchemy raises an error where a later row has less, not where it has more. The other ways to the same
# table, `bulk_create` of peewee and `add_all` of SQLAlchemy, keep it all.
#
# Version: peewee 4.5.3, SQLAlchemy 2.1.9 (PyPI).   Needs: bash, Python 3 with venv.
# Hurts: people whose first one has no email: nobody's email is stored, and the count of rows is right.
# Expected: all that is there, or an error. Here: keys that only later people have are transformed like those of the first.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
python3 -m venv python
python/bin/pip install -q --disable-pip-version-check peewee==4.5.3 SQLAlchemy==2.1.9

cat > show.py <<'END'
import peewee
import sqlalchemy.orm

people = [{"name": "Ada"}, {"name": "Bob", "email": "bob@example.org"}, {"name": "Eve", "email": "eve@example.org"}]

database = peewee.SqliteDatabase(":memory:")


class Person(peewee.Model):
    name = peewee.CharField()
    email = peewee.CharField(null=True)

    class Meta:
        database = database


database.create_tables([Person])
for name, insert in (
    ("insert_many", lambda: Person.insert_many(people).execute()),
    ("bulk_create", lambda: Person.bulk_create([Person(**person) for person in people])),
):
    Person.delete().execute()
    insert()
    print("peewee", name, [(person.name, person.email) for person in Person.select()])

engine = sqlalchemy.create_engine("sqlite://")


class Base(sqlalchemy.orm.DeclarativeBase):
    pass


class Human(Base):
    __tablename__ = "human"
    id = sqlalchemy.orm.mapped_column(sqlalchemy.Integer, primary_key=True)
    name = sqlalchemy.orm.mapped_column(sqlalchemy.String)
    email = sqlalchemy.orm.mapped_column(sqlalchemy.String)


Base.metadata.create_all(engine)
table = Human.__table__
for name, insert in (
    ("execute(insert, rows)", lambda session: session.connection().execute(table.insert(), people)),
    ("insert().values(rows)", lambda session: session.connection().execute(table.insert().values(people))),
    ("the other way round", lambda session: session.connection().execute(table.insert(), people[::-1])),
    ("add_all", lambda session: session.add_all([Human(**person) for person in people])),
):
    with sqlalchemy.orm.Session(engine) as session:
        try:
            insert(session)
            session.flush()
            seen = [tuple(row) for row in session.execute(sqlalchemy.select(table.c.name, table.c.email))]
        except Exception as error:
            seen = type(error).__name__
        print("SQLAlchemy", name, seen)
END
python/bin/python show.py > seen
cat seen
diff seen - <<'END'
peewee insert_many [('Ada', None), ('Bob', None), ('Eve', None)]
peewee bulk_create [('Ada', None), ('Bob', 'bob@example.org'), ('Eve', 'eve@example.org')]
SQLAlchemy execute(insert, rows) [('Ada', None), ('Bob', None), ('Eve', None)]
SQLAlchemy insert().values(rows) [('Ada', None), ('Bob', None), ('Eve', None)]
SQLAlchemy the other way round StatementError
SQLAlchemy add_all [('Ada', None), ('Bob', 'bob@example.org'), ('Eve', 'eve@example.org')]
END

"""Arrow columns from and to their bytes. Travels with the job by `--py-files`."""


def text_of(column):
    """The bytes of all texts of an Arrow column, one behind the other, without a copy."""
    import pyarrow
    _, offsets, data = column.buffers()
    if data is None or len(column) == 0:
        return b""
    ends = memoryview(offsets).cast("q" if pyarrow.types.is_large_string(column.type) else "i")
    return memoryview(data)[ends[column.offset]:ends[column.offset + len(column)]]


def column_of(value, kind):
    """An Arrow column of one value, made of its bytes: `pyarrow.array` would load pandas, which takes 40 MB of memory."""
    import pyarrow
    if kind == "string":
        text = value.encode()
        offsets = b"".join(end.to_bytes(4, "little") for end in (0, len(text)))
        return pyarrow.Array.from_buffers(pyarrow.string(), 1, [None, pyarrow.py_buffer(offsets), pyarrow.py_buffer(text)])
    arrow, length = {"int": (pyarrow.int32(), 4), "long": (pyarrow.int64(), 8)}[kind]
    return pyarrow.Array.from_buffers(arrow, 1, [None, pyarrow.py_buffer(value.to_bytes(length, "little", signed=True))])

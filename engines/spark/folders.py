"""Where batches go: a local or mounted folder, or object storage. Travels with the job by `--py-files`."""

import os
import shutil
import uuid


class Folder:
    """A local or mounted folder, or one on object storage by a URI; the same few operations on both."""

    def __init__(self, root):
        self.root = root.rstrip("/") or "/"
        self.system = None
        if "://" in root:
            from pyarrow import fs
            self.system, self.path = fs.FileSystem.from_uri(self.root)
        else:
            # Tasks stand in other folders.
            self.root = self.path = os.path.abspath(root)

    def at(self, name):
        return f"{self.path}/{name}"

    def shown(self, name):
        return f"{self.root}/{name}"

    def names(self, name=""):
        if self.system is None:
            return sorted(os.listdir(self.at(name))) if os.path.isdir(self.at(name)) else []
        from pyarrow import fs
        found = self.system.get_file_info(fs.FileSelector(self.at(name).rstrip("/"), allow_not_found=True))
        return sorted(info.base_name for info in found)

    def remove(self, name):
        if self.system is None:
            if os.path.isdir(self.at(name)):
                shutil.rmtree(self.at(name), ignore_errors=True)
            elif os.path.exists(self.at(name)):
                os.remove(self.at(name))
            return
        from pyarrow import fs
        kind = self.system.get_file_info(self.at(name)).type
        if kind == fs.FileType.Directory:
            self.system.delete_dir(self.at(name))
        elif kind != fs.FileType.NotFound:
            self.system.delete_file(self.at(name))

    def read(self, name):
        if self.system is None:
            with open(self.at(name), "rb") as file:
                return file.read()
        with self.system.open_input_stream(self.at(name), compression=None) as file:
            return file.read()

    def write(self, name, content):
        """Appears whole or not at all."""
        if self.system is not None:
            self.system.create_dir(os.path.dirname(self.at(name)), recursive=True)
            with self.system.open_output_stream(self.at(name), compression=None) as file:
                file.write(content)
            return
        os.makedirs(os.path.dirname(self.at(name)), mode=0o700, exist_ok=True)
        beside = f"{self.at(name)}.{uuid.uuid4().hex}"
        with open(os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        os.replace(beside, self.at(name))

    def upload(self, local, name):
        """The manifest comes last: what it does not list does not exist, and without it there is no folder of batches."""
        files = sorted(os.listdir(local), key=lambda file: file == "manifest.json")
        kept = [file for file in files if os.path.isfile(f"{local}/{file}") and not file.startswith(".")]
        self.system.create_dir(self.at(name), recursive=True)
        for file in kept:
            # Left to itself, pyarrow compresses what is called `.gz` a second time.
            to = self.system.open_output_stream(f"{self.at(name)}/{file}", compression=None)
            with open(f"{local}/{file}", "rb") as source, to as target:
                shutil.copyfileobj(source, target, 1 << 20)
        for stale in set(self.names(name)) - set(kept) - {"receipts"}:
            self.remove(f"{name}/{stale}")

    def download(self, name, local):
        os.makedirs(local, mode=0o700)
        for file in self.names(name):
            source = self.system.open_input_stream(f"{self.at(name)}/{file}", compression=None)
            with source, open(f"{local}/{file}", "wb") as target:
                shutil.copyfileobj(source, target, 1 << 20)

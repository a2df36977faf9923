"""Host names that lead where a test wants, for one child process: see name_table.c."""
import os
import shutil
import subprocess
from pathlib import Path

SOURCE = Path(__file__).with_name("name_table.c")


class NameTable:
    """Pass `environment` to the process; `set()` changes what a name leads to from the next lookup on."""

    def __init__(self, folder, **names):
        self.path = Path(folder) / "names"
        self.asked_path = Path(folder) / "names.asked"
        self.library = Path(folder) / "name_table.so"
        compiler = shutil.which("clang-19") or shutil.which("cc")
        subprocess.run([compiler, "-shared", "-fPIC", "-O1", "-o", self.library, SOURCE, "-ldl"], check=True, capture_output=True)
        self.names = {}
        self.set(**names)

    def set(self, **names):
        """host="ADDRESS ADDRESS" or host="hang"; underscores in a name stand for dots."""
        self.names.update({name.replace("_", "."): value for name, value in names.items()})
        new = self.path.with_suffix(".new")
        new.write_text("".join(f"{host} {value}\n" for host, value in self.names.items()))
        os.replace(new, self.path)

    @property
    def environment(self):
        return {"LD_PRELOAD": str(self.library), "EDGEMESH_NAMES": str(self.path)}

    def lookups(self, host):
        """How often a name of the table was looked up."""
        return self.asked_path.read_text().split().count(host) if self.asked_path.exists() else 0

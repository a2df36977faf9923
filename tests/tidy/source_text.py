"""C++ source as the checks read it: lines, with comments and string contents taken out where words are judged."""
import re
from dataclasses import dataclass

TOKEN = re.compile(
    r"""(?P<line_comment>//[^\n]*)
      | (?P<block_comment>/\*.*?\*/)
      | (?P<raw>R"(?P<fence>[^(\s]{0,16})\(.*?\)(?P=fence)")
      | (?P<string>"(?:\\.|[^"\\\n])*")
      | (?P<number>\b\d[\d'a-fA-FxX]*)
      | (?P<character>'(?:\\.|[^'\\\n])*')""",
    re.VERBOSE | re.DOTALL)
INCLUDE = re.compile(r'^[ \t]*#[ \t]*include[ \t]*([<"])([^>"]+)[>"]', re.MULTILINE)


def _blank(text):
    return "".join(c if c == "\n" else " " for c in text)


def _without(text, kinds):
    def replaced(match):
        kind = match.lastgroup if match.lastgroup != "fence" else "raw"
        if kind not in kinds:
            return match.group()
        if kind in ("string", "raw", "character"):
            return match.group()[0] + _blank(match.group()[1:-1]) + match.group()[-1]
        return _blank(match.group())
    return TOKEN.sub(replaced, text)


@dataclass(frozen=True)
class Source:
    """`path` is relative to the repository's root, with forward slashes."""
    path: str
    text: str

    @property
    def room(self):
        """The folder under src/ that the file belongs to; `actors` and `roof` (main) are rooms of their own; else None."""
        parts = self.path.split("/")
        if parts[0] == "actors":
            return "actors"
        if parts[0] == "src":
            return parts[1] if len(parts) > 2 else "roof"
        return None

    @property
    def name(self):
        return self.path.rsplit("/", 1)[-1]

    @property
    def is_header(self):
        return self.path.endswith(".hpp")

    def code(self):
        """The text without comments."""
        return _without(self.text, {"line_comment", "block_comment"})

    def words(self):
        """The text without comments and without what strings say."""
        return _without(self.text, {"line_comment", "block_comment", "string", "raw", "character"})

    def includes(self):
        """(line number, form `<` or `"`, path)."""
        for match in INCLUDE.finditer(self.text):
            yield self.line_of(match.start(1)), match.group(1), match.group(2)

    def line_of(self, offset):
        return self.text.count("\n", 0, offset) + 1

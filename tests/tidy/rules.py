"""The rules of the house that a program can check. Each is a function from a Source to findings."""
import re
from dataclasses import dataclass

from tidy.source_text import Source


@dataclass(frozen=True)
class Finding:
    path: str
    line: int
    rule: str
    message: str

    def __str__(self):
        return f"{self.path}:{self.line}: {self.rule}: {self.message}"


# A room may include what stands on a lower floor, and itself. json and platform sit beside base, one step up.
FLOORS = {
    "base": 0, "json": 0.5, "platform": 0.5, "domain": 1, "openai": 2, "proto": 2,
    "dialects": 3, "routing": 3, "resilience": 3, "admission": 3, "membership": 3, "replication": 3,
    "accounts": 3.5, "net": 4, "store": 4, "http": 5, "settings": 6, "mock": 6, "actors": 7, "cli": 8, "roof": 9,
}
# Rooms that hold decisions: no clock, no chance, no sockets.
PURE = {"base", "json", "domain", "openai", "dialects", "routing", "resilience", "admission", "membership", "replication",
        "accounts"}

# Logging is base's one effect: it has the clock and the logging library behind base/log.hpp.
LOGGING = r"src/base/(log\.cpp|batching_sink\.hpp)$"

# Third-party headers: prefix, where they may stand, and what to say otherwise. The first prefix that fits decides.
LIBRARIES = [
    ("caf/", r"actors/", "CAF stays in actors/; cross the wall through http/ports.hpp"),
    ("boost/beast", r"src/(http|mock)/[^.]*\.cpp|src/cli/http_client\.cpp",
     "Beast stays in .cpp files of http/ and mock/ (14 s a file)"),
    ("boost/asio", r"src/(net|http|mock)/|actors/|src/cli/[^.]*\.cpp", "Asio stays in net/, http/, mock/ and actors/"),
    ("openssl/", r"src/net/|src/admission/token_hash\.cpp|src/cli/doctor[a-z_]*\.cpp", "OpenSSL stays in net/ and admission/token_hash.cpp"),
    ("yaml-cpp/", r"src/settings/[^.]*\.cpp", "YAML stays in the .cpp files of settings/"),
    ("CLI/", r"src/cli/[^.]*\.cpp", "CLI11 stays in the .cpp files of cli/"),
    ("spdlog/", LOGGING, "log through base/log.hpp"),
    ("fmt/", LOGGING, "log through base/log.hpp; format with std::string and std::to_chars"),
    ("boost/json", r"src/(mock|cli)/", "read and write JSON with src/json"),
    ("boost/url", r"src/(net|settings|mock|cli)/", "URLs are taken apart once, in settings/ or net/"),
    ("boost/system", r"", ""),
    ("boost/container", r"", ""),
    ("boost/unordered", r"", ""),
    ("boost/intrusive", r"", ""),
    ("boost/interprocess", r"src/platform/[^.]*\.cpp", "mapped memory stays in platform/"),
    ("boost/crc", r"src/admission/[^.]*\.cpp", "checksums of keys stay in admission/"),
    ("boost/", r"(?!)", "name this Boost library and its rooms in tests/tidy/rules.py first"),
    ("rocksdb/", r"src/store/[^.]*\.cpp", "RocksDB stays in store/"),
    ("msgpack", r"proto/[^.]*\.cpp", "msgpack stays in the codec"),
    ("simdjson", r"src/json/[^.]*\.cpp", "simdjson stays behind src/json"),
]
# Headers of the platform: folders that are no library.
SYSTEM_FOLDERS = ("sys/", "netinet/", "arpa/", "net/", "linux/", "bits/", "experimental/")

# Words, where they may stand, and what to write instead.
EVERYWHERE = r"(?!)"
BANNED_WORDS = [
    (r"\bsleep_for\b|\bsleep_until\b|\busleep\b", EVERYWHERE, "wait on a timer that can be cancelled (net/ticker.hpp, asio::steady_timer)"),
    (r"\bcaf::infinite\b", EVERYWHERE, "give every request a deadline"),
    (r"\bstd::(cout|cerr|clog)\b|\bprintf\s*\(|\bputs\s*\(", r"src/(cli|mock)/|src/main\.cpp", "log through base/log.hpp; only cli/ and mock/ print"),
    (r"(?<![\w:.>])s?rand\s*\(|\bstd::s?rand\b", EVERYWHERE, "take a random_source (base/random_source.hpp)"),
    (r"\busing\s+namespace\s+std\s*;", EVERYWHERE, "name what you use"),
    (r"\bstd::regex\b|\bstd::wregex\b", EVERYWHERE, "std::regex overflows the stack on long input: write a scan, or use RE2"),
    (r"\b(asio|net|boost::asio)::detached\b", EVERYWHERE, "it swallows exceptions: pass a completion handler that logs"),
    (r"\batoi\b|\bstrtol\b|\bstoi\b|\bstoul\b|\bstod\b", EVERYWHERE, "std::from_chars reports errors and ignores the locale"),
]
PURE_WORDS = [
    (r"\b(steady_clock|system_clock|high_resolution_clock|utc_clock)::now\b", "an instant is passed in"),
    (r"\bstd::random_device\b|\bstd::mt19937", "take a random_source (base/random_source.hpp)"),
    (r"\bstd::(this_thread|thread|jthread)\b", "a pure room has no threads"),
]
LINUX_WORDS = [
    r"\bepoll_\w+|\bSO_REUSEPORT\b|\bprctl\b|\baccept4\b|\bsignalfd\b|\beventfd\b|\btimerfd\w*|\binotify_\w+|\bmemfd_create\b",
    r"\bSO_PEERCRED\b|\bTCP_QUICKACK\b|\bTCP_USER_TIMEOUT\b|\bTCP_INFO\b|\bmalloc_trim\b|\bsched_\w*affinity\b",
    r"\bpthread_setname_np\b|\bgettid\b|\bpidfd_\w+|\bsysinfo\s*\(|\bsendfile\b|\bMSG_ZEROCOPY\b|\bSOCK_CLOEXEC\b|\bCLOCK_BOOTTIME\b",
]
LINUX_HEADERS = re.compile(r"^(sys/(epoll|prctl|inotify|eventfd|signalfd|timerfd|sysinfo|sendfile)\.h|linux/.*|malloc\.h)$")
# net::equal_secretly (texts, proofs) and admission::is_same (hashes of tokens) stand here.
SECRET_COMPARERS = re.compile(r"src/(net/keyed_hash|admission/token_hash)\.cpp$")
PROOFS = r"(?:\w+::)*(?:hash_token|keyed_hash|join_proof)"
SECRET_COMPARISONS = [
    r"\breveal\(\)\s*[!=]=", r"[!=]=\s*[\w.:>*()-]*\breveal\(\)",
    rf"\b{PROOFS}\s*\((?:[^();]|\([^()]*\))*\)(?:\.view\(\))?\s*[!=]=", rf"[!=]=\s*{PROOFS}\s*\(",
    r"[.>]proof(?:\.view\(\))?\s*[!=]=", r"[!=]=\s*[\w.:>-]*\bproof\b",
    r"\b(?:CRYPTO_)?memcmp\b", r"\bstrn?cmp\b",
]
BANNED_NAMES = re.compile(r"(^|_)(utils?|helpers?|common|misc|managers?)(_|\.|$)")
MACHINE_PATH = re.compile(r"(?<![\w.<>$/-])/(home|root|work|Users)/[\w.]")


def floors(source):
    """Includes go down only; rooms on one floor do not know each other."""
    floor = FLOORS.get(source.room)
    if source.room is None:
        return
    if floor is None:
        yield Finding(source.path, 1, "floor", f"the room {source.room} has no floor: add it to tests/tidy/rules.py")
        return
    for line, form, path in source.includes():
        if form != '"':
            continue
        target = path.split("/")[0]
        if "/" not in path or target not in FLOORS:
            yield Finding(source.path, line, "floor", f'"{path}": name an own header from the root, as "room/file.hpp"')
        elif target != source.room and FLOORS[target] >= floor:
            yield Finding(source.path, line, "floor",
                          f"{source.room} (floor {floor:g}) may not know {target} (floor {FLOORS[target]:g})")


def libraries(source):
    """Third-party headers stay in their rooms."""
    if source.room is None:
        return
    for line, form, path in source.includes():
        if form != "<" or "/" not in path or path.startswith(SYSTEM_FOLDERS):
            continue
        for prefix, allowed, message in LIBRARIES:
            if path.startswith(prefix):
                if not re.match(allowed, source.path):
                    yield Finding(source.path, line, "library", f"<{path}>: {message}")
                break
        else:
            yield Finding(source.path, line, "library", f"<{path}>: name this library and its rooms in tests/tidy/rules.py first")


def words(source):
    """Banned words, each with what to write instead."""
    if source.room is None:
        return
    text = source.words()
    for pattern, allowed, instead in BANNED_WORDS:
        if not re.match(allowed, source.path):
            for match in re.finditer(pattern, text):
                yield Finding(source.path, source.line_of(match.start()), "word", f"{match.group().strip()}: {instead}")
    if source.room in PURE and not re.match(LOGGING, source.path):
        for pattern, instead in PURE_WORDS:
            for match in re.finditer(pattern, text):
                yield Finding(source.path, source.line_of(match.start()), "pure", f"{match.group()}: {instead}")


def unfinished(source):
    """Nothing is left for later in a comment."""
    for match in re.finditer(r"\b(TODO|FIXME|XXX|HACK)\b", source.text):
        yield Finding(source.path, source.line_of(match.start()), "unfinished", f"{match.group()}: finish it or record a decision")


def linux_only(source):
    """Calls that exist on Linux only live in src/platform, behind one header each."""
    if source.room in (None, "platform"):
        return
    for line, _, path in source.includes():
        if LINUX_HEADERS.match(path):
            yield Finding(source.path, line, "linux", f"<{path}> belongs in src/platform")
    text = source.words()
    for pattern in LINUX_WORDS:
        for match in re.finditer(pattern, text):
            yield Finding(source.path, source.line_of(match.start()), "linux", f"{match.group()} belongs in src/platform")
    for match in re.finditer(r'"/(proc|sys)/', source.code()):
        yield Finding(source.path, source.line_of(match.start()), "linux", f"{match.group()[1:]} belongs in src/platform")


def _arguments(text, start):
    """How many top-level arguments the call has whose opening parenthesis stands just before `start`."""
    depth, count, empty = 0, 1, True
    for position in range(start, len(text)):
        c = text[position]
        if c in "([{":
            depth += 1
        elif c in ")]}":
            if depth == 0:
                return 0 if empty else count
            depth -= 1
        elif c == "," and depth == 0:
            count += 1
        if not c.isspace():
            empty = False
    return count


def secret_comparison(source):
    """What proves that somebody may do something is compared in a time that tells nothing, by the two functions that do so."""
    if source.room is None or SECRET_COMPARERS.match(source.path):
        return
    text = source.words()
    for pattern in SECRET_COMPARISONS:
        for match in re.finditer(pattern, text):
            yield Finding(source.path, source.line_of(match.start()), "secret",
                          f"{match.group().strip()}: compare with net::equal_secretly or admission::is_same")


def then_with_error(source):
    """CAF's one-argument .then sends errors to the handler that ends the actor."""
    if source.room != "actors":
        return
    text = source.words()
    for match in re.finditer(r"\.(then|await)\s*\(", text):
        if _arguments(text, match.end()) < 2:
            yield Finding(source.path, source.line_of(match.start()), "then", f".{match.group(1)} needs a second callback for errors")


def actor_state(source):
    """C++20 makes aggregates constructible from the self pointer: each actor state declares a constructor."""
    if source.room != "actors":
        return
    text = source.words()
    for match in re.finditer(r"\b(?:struct|class)\s+(\w+_state)\b[^;{(]*\{", text):
        depth, end = 1, match.end()
        while depth and end < len(text):
            depth += {"{": 1, "}": -1}.get(text[end], 0)
            end += 1
        if not re.search(rf"\b{match.group(1)}\s*\(", text[match.end():end]):
            yield Finding(source.path, source.line_of(match.start()), "state", f"{match.group(1)} must declare a constructor")


def header_form(source):
    """A header says first what it is, and is included once."""
    if source.room is None or not source.is_header:
        return
    if not source.text.startswith("//"):
        yield Finding(source.path, 1, "header", "open with a paragraph: what, owner, thread rule, limits")
    if "#pragma once" not in source.text:
        yield Finding(source.path, 1, "header", "#pragma once is missing")


def file_name(source):
    """A file is named after its idea."""
    if BANNED_NAMES.search(source.name):
        yield Finding(source.path, 1, "name", f"{source.name}: name the idea")


def machine_path(source):
    """The project knows no particular machine."""
    for match in MACHINE_PATH.finditer(source.text):
        yield Finding(source.path, source.line_of(match.start()), "machine", f"{match.group()}… is a path of one machine")


SOURCE_RULES = [floors, libraries, words, unfinished, linux_only, secret_comparison, then_with_error, actor_state, header_form, file_name, machine_path]
TEXT_RULES = [unfinished, file_name, machine_path]


def check(path, text):
    """All findings in one file; C++ gets every rule, other text the general ones."""
    source = Source(path, text)
    rules = SOURCE_RULES if path.endswith((".hpp", ".cpp", ".h")) else TEXT_RULES
    return [finding for rule in rules for finding in rule(source)]

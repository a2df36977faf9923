"""The rules themselves: a small bad sample of each is found, its good twin is not."""
import pytest

from tidy.rules import check

HEADER = "// What it is.\n#pragma once\n"

BAD = [
    # (rule, path, text)
    ("floor", "src/domain/a.cpp", '#include "openai/x.hpp"\n'),
    ("floor", "src/routing/a.cpp", '#include "resilience/x.hpp"\n'),
    ("floor", "src/base/a.cpp", '#include "json/x.hpp"\n'),
    ("floor", "src/http/a.cpp", '#include "x.hpp"\n'),
    ("floor", "src/http/a.cpp", '#include "actors/x.hpp"\n'),
    ("floor", "src/http/a.cpp", '  #  include "settings/x.hpp"\n'),
    ("floor", "src/attic/a.cpp", "int x;\n"),
    ("library", "src/http/a.cpp", "#include <caf/all.hpp>\n"),
    ("library", "src/http/a.hpp", HEADER + "#include <boost/beast/core.hpp>\n"),
    ("library", "src/routing/a.cpp", "#include <boost/asio/post.hpp>\n"),
    ("library", "src/http/a.cpp", "#include <openssl/ssl.h>\n"),
    ("library", "src/settings/a.hpp", HEADER + "#include <yaml-cpp/yaml.h>\n"),
    ("library", "src/settings/a.cpp", "#include <CLI/CLI.hpp>\n"),
    ("library", "src/http/a.cpp", "#include <spdlog/spdlog.h>\n"),
    ("library", "src/openai/a.cpp", "#include <boost/json.hpp>\n"),
    ("library", "src/openai/a.cpp", "#include <boost/spirit/home/x3.hpp>\n"),
    ("library", "src/openai/a.cpp", "#include <somebody/thing.hpp>\n"),
    ("word", "src/net/a.cpp", "std::this_thread::sleep_for(x);\n"),
    ("word", "actors/a.cpp", "self->request(a, caf::infinite, b);\n"),
    ("word", "src/http/a.cpp", "std::cout << 1;\n"),
    ("word", "src/http/a.cpp", "int x = rand();\n"),
    ("word", "src/http/a.cpp", "co_spawn(io, f(), asio::detached);\n"),
    ("word", "src/openai/a.cpp", "std::regex r;\n"),
    ("pure", "src/routing/a.cpp", "auto t = std::chrono::system_clock::now();\n"),
    ("pure", "src/resilience/a.cpp", "auto t = steady_clock::now();\n"),
    ("pure", "src/dialects/a.cpp", "std::random_device d;\n"),
    ("pure", "src/base/units.cpp", "auto t = steady_clock::now();\n"),
    ("unfinished", "src/net/a.cpp", "// TO" + "DO later\n"),
    ("unfinished", "docs/a.md", "FIX" + "ME\n"),
    ("linux", "src/net/a.cpp", "#include <sys/epoll.h>\n"),
    ("linux", "src/net/a.cpp", "setsockopt(fd, SOL_SOCKET, SO_REUSEPORT, &on, 4);\n"),
    ("linux", "src/base/a.cpp", 'open("/proc/self/status");\n'),
    ("linux", "actors/a.cpp", "prctl(PR_SET_DUMPABLE, 0);\n"),
    ("secret", "actors/a.cpp", "if (token.reveal() == given) f();\n"),
    ("secret", "actors/a.cpp", "if (given != options->token.reveal()) f();\n"),
    ("secret", "src/admission/a.cpp", "return hash_token(text) == known;\n"),
    ("secret", "actors/a.cpp", "return known != admission::hash_token(text);\n"),
    ("secret", "actors/mesh/a.cpp", "if (join_proof(t.key, mesh_, self_, r.key) != r.proof) f();\n"),
    ("secret", "actors/mesh/a.cpp", "if (wanted == r.proof) f();\n"),
    ("secret", "src/http/a.cpp", "return std::memcmp(a, b, 32) == 0;\n"),
    ("secret", "src/http/a.cpp", "return CRYPTO_memcmp(a, b, 32) == 0;\n"),
    ("then", "actors/a.cpp", "self->request(a, d, b).then([=](int x, int y) { f(x, y); });\n"),
    ("then", "actors/a.cpp", "r.then(\n  on_answer\n);\n"),
    ("state", "actors/a.hpp", HEADER + "struct router_state {\n  caf::event_based_actor* self;\n};\n"),
    ("header", "src/net/a.hpp", "#pragma once\n"),
    ("header", "src/net/a.hpp", "// What it is.\n"),
    ("name", "src/net/string_utils.cpp", "int x;\n"),
    ("name", "src/net/session_manager.hpp", HEADER),
    ("name", "tests/support/common.py", "x = 1\n"),
    ("machine", "script/a", "cd /ho" + "me/someone/edgemesh\n"),
    ("machine", "tests/a.py", "open('/wo" + "rk/x')\n"),
]

GOOD = [
    ("src/openai/a.cpp", '#include "openai/a.hpp"\n#include "domain/b.hpp"\n#include "json/c.hpp"\n#include "base/d.hpp"\n#include <vector>\n'),
    ("src/json/a.cpp", '#include "base/result.hpp"\n'),
    ("actors/a.cpp", "if (net::equal_secretly(token.reveal(), given) && admission::is_same(known, hash_token(text))) f(token.reveal().size() == 3);\n"),
    ("src/net/keyed_hash.cpp", "return CRYPTO_memcmp(a, b, n) == 0;\n"),
    ("src/domain/a.cpp", '#include "platform/x.hpp"\n'),
    ("src/main.cpp", '#include "cli/run.hpp"\n'),
    ("actors/a.cpp", "#include <caf/all.hpp>\n#include <boost/asio/post.hpp>\n"),
    ("src/http/a.cpp", "#include <boost/beast/core.hpp>\n"),
    ("src/cli/http_client.cpp", "#include <boost/beast/core.hpp>\n"),
    ("src/base/log.cpp", "#include <spdlog/spdlog.h>\nauto t = steady_clock::now();\n"),
    ("src/cli/a.cpp", "std::cout << 1;\n"),
    ("src/net/a.cpp", "// never sleep_for, never rand()\nauto s = \"std::cout SO_REUSEPORT\";\n"),
    ("src/net/a.cpp", "auto t = steady_clock::now();\n"),
    ("src/net/a.cpp", "int operand(int); int x = operand(1);\n"),
    ("src/platform/a.cpp", "#include <sys/epoll.h>\nint x = SO_REUSEPORT; f(\"/proc/self\");\n"),
    ("actors/a.cpp", "r.then([=](int x, int y) { f(x, y); }, [=](caf::error& e) { g(e); });\n"),
    ("actors/a.hpp", HEADER + "struct router_state {\n  explicit router_state(router_deps d);\n  int x{};\n};\n"),
    ("actors/a.hpp", HEADER + "struct router_state;\n"),
    ("src/net/communication.cpp", "int x;\n"),
    ("src/net/a.cpp", "auto n = 1'000'000; auto c = '\"'; // \"\n"),
    ("docs/a.md", "copy it to /etc/edgemesh and https://example.com/work/x\n"),
]


@pytest.mark.parametrize("rule,path,text", BAD, ids=[f"{b[0]}-{i}" for i, b in enumerate(BAD)])
def test_a_bad_sample_is_found(rule, path, text):
    assert rule in [finding.rule for finding in check(path, text)]


@pytest.mark.parametrize("path,text", GOOD, ids=[f"{g[0]}-{i}" for i, g in enumerate(GOOD)])
def test_a_good_sample_is_left_alone(path, text):
    assert [str(finding) for finding in check(path, text)] == []


def test_a_finding_names_file_line_and_replacement():
    finding = check("src/net/a.cpp", "int x;\n\nint y = rand();\n")[0]
    assert str(finding).startswith("src/net/a.cpp:3: word: rand(")
    assert "random_source" in str(finding)


def test_a_word_inside_a_raw_string_is_no_code():
    assert check("src/net/a.cpp", 'auto s = R"x(std::cout " rand())x"; int y;\n') == []

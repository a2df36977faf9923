#include "actors/probe_runner.hpp"

#include <gtest/gtest.h>

#include <boost/asio/co_spawn.hpp>

namespace edgemesh::actors {
namespace {

namespace asio = boost::asio;
using outcome = dialects::probe_reply::outcome;

class ProbeRunner : public ::testing::Test {
 protected:
  /// Runs a whole probe against a backend that answers as `reply` says.
  probe_result run(backend_kind kind, std::function<dialects::probe_reply(const dialects::probe_request&)> reply, probe_limits limits = {}) {
    std::shared_ptr<const probe_result> got;
    asio::io_context io;
    auto fetch = [this, reply](std::shared_ptr<const net::upstream_target>, dialects::probe_request q) -> asio::awaitable<dialects::probe_reply> {
      ++exchanges;
      co_return reply(q);
    };
    asio::co_spawn(io, run_probe({nullptr, kind, std::make_shared<dialects::probe_memory>()}, fetch, limits),
                   [&](std::exception_ptr failure, std::shared_ptr<const probe_result> r) {
                     EXPECT_FALSE(failure);
                     got = std::move(r);
                   });
    io.run();
    return *got;
  }
  static dialects::probe_reply answered(int status, std::string body) {
    dialects::probe_reply r;
    r.result = outcome::answered;
    r.status = status;
    r.content_type = "application/json";
    r.body = std::move(body);
    return r;
  }
  static dialects::probe_reply failed(outcome o) {
    dialects::probe_reply r;
    r.result = o;
    return r;
  }
  int exchanges = 0;
};

TEST_F(ProbeRunner, ReportsWhatTheDialectReads) {
  const auto r = run(backend_kind::openai, [](const auto& q) {
    return q.target.find("/models") != std::string::npos ? answered(200, R"({"object":"list","data":[{"id":"m","object":"model"}]})")
                                                         : answered(404, "{}");
  });
  EXPECT_EQ(r.report.health, backend_health::ready);
  ASSERT_EQ(r.report.models.size(), 1u);
  EXPECT_TRUE(r.is_answered);
  EXPECT_TRUE(r.latency);
  EXPECT_FALSE(r.is_refused);
}

TEST_F(ProbeRunner, TellsARefusedConnectionFromSilence) {
  EXPECT_TRUE(run(backend_kind::openai, [](const auto&) { return failed(outcome::refused); }).is_refused);
  const auto silent = run(backend_kind::openai, [](const auto&) { return failed(outcome::timed_out); });
  EXPECT_FALSE(silent.is_refused);
  EXPECT_FALSE(silent.is_answered);
  EXPECT_FALSE(silent.latency);
  EXPECT_EQ(silent.report.health, backend_health::down);
}

TEST_F(ProbeRunner, AProbeIsBoundedInExchanges) {
  const auto r = run(backend_kind::llamacpp, [](const auto&) { return answered(200, R"({"status":"ok"})"); }, {.exchanges_max = 1});
  EXPECT_EQ(exchanges, 1);
  EXPECT_EQ(r.report.health, backend_health::down);
  EXPECT_EQ(r.report.detail, "the probe took too long");
}

TEST_F(ProbeRunner, RecognitionRunsForAnUnknownKind) {
  const auto r = run(backend_kind::automatic, [](const dialects::probe_request& q) {
    auto plain = answered(200, "Ollama is running");
    plain.content_type = "text/plain";
    if (q.target == "/") return plain;
    if (q.target == "/api/version") return answered(200, R"({"version":"0.9.0"})");
    if (q.target == "/api/tags") return answered(200, R"({"models":[]})");
    return answered(404, "{}");
  });
  EXPECT_EQ(r.report.kind, backend_kind::ollama);
}

}  // namespace
}  // namespace edgemesh::actors

#include "cli/probing.hpp"

#include <gmock/gmock.h>

#include "canned_server.hpp"
#include "mock/mock_server.hpp"

namespace edgemesh::cli {
namespace {

using testing::HasSubstr;
using testing::StartsWith;

settings::backend_settings backend_at(std::uint16_t port, backend_kind kind) {
  settings::backend_settings out;
  out.name = "b";
  out.kind = kind;
  out.url.authority = {"127.0.0.1", port};
  return out;
}

class ProbingOf : public testing::TestWithParam<backend_kind> {};

TEST_P(ProbingOf, AMockIsReadyAndListsItsModels) {
  mock::mock_options options;
  options.kind = GetParam();
  options.models = {"alpha"};
  const auto mock = mock::mock_server::start(options);
  ASSERT_TRUE(mock) << mock.error().message;
  const auto probed = probe_backend(backend_at((*mock)->port(), GetParam()));
  EXPECT_EQ(verdict_of(probed), "ready");
  ASSERT_EQ(probed.report.models.size(), 1u);
  EXPECT_THAT(probed.report.models[0].name, HasSubstr("alpha"));
  EXPECT_EQ(probe_backend(backend_at((*mock)->port(), backend_kind::automatic)).report.kind,
            GetParam() == backend_kind::cognis ? backend_kind::llamacpp : GetParam());
}
INSTANTIATE_TEST_SUITE_P(EachKind, ProbingOf,
                         testing::Values(backend_kind::ollama, backend_kind::llamacpp, backend_kind::vllm, backend_kind::openai,
                                         backend_kind::cognis),
                         [](const auto& kind) { return std::string(name_of(kind.param)); });

TEST(Probing, APortWithoutAListenerGetsNoRequest) {
  std::uint16_t port = 0;
  {
    canned_server gone({});
    port = gone.port();
  }
  const auto probed = probe_backend(backend_at(port, backend_kind::openai));
  EXPECT_FALSE(probed.connect.is_listening);
  EXPECT_TRUE(probed.steps.empty());
  EXPECT_THAT(verdict_of(probed), StartsWith("nobody listens: "));
}

TEST(Probing, TheConfiguredCredentialsHeadersAndQueryAreSent) {
  canned_server server({"", canned_server::json(R"({"object":"list","data":[]})")});
  auto backend = backend_at(server.port(), backend_kind::openai);
  backend.url.base_path = "/base";
  backend.api_key = secret("k-9");
  backend.headers.emplace_back("x-team", secret("t"));
  backend.query.emplace_back("api version", "1&2");
  probe_backend(backend, 1);
  ASSERT_EQ(server.requests().size(), 2u);
  EXPECT_THAT(server.requests()[1], StartsWith("GET /base/v1/models?api%20version=1%262 HTTP/1.1\r\n"));
  EXPECT_THAT(server.requests()[1], HasSubstr("Authorization: Bearer k-9\r\n"));
  EXPECT_THAT(server.requests()[1], HasSubstr("x-team: t\r\n"));
}

}  // namespace
}  // namespace edgemesh::cli

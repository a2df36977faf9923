#include "http/api_routes.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace edgemesh::http {
namespace {

TEST(ApiRoutes, PagesAreFoundByPathAndMethod) {
  EXPECT_EQ(match_api("POST", "/v1/chat/completions").page, api_page::inference);
  EXPECT_EQ(match_api("POST", "/v1/completions").kind, endpoint::completions);
  EXPECT_EQ(match_api("POST", "/v1/embeddings").kind, endpoint::embeddings);
  EXPECT_EQ(match_api("GET", "/v1/models").page, api_page::models);
  EXPECT_EQ(match_api("GET", "/healthz").page, api_page::healthz);
  EXPECT_EQ(match_api("GET", "/readyz").page, api_page::readyz);
}

TEST(ApiRoutes, Case77OtherMethodsAreToldWhatIsAllowed) {
  for (const char* path : {"/v1/chat/completions", "/v1/completions", "/v1/embeddings"})
    for (const char* method : {"GET", "HEAD", "PUT", "DELETE", "PATCH", "post", "BREW"}) {
      const auto route = match_api(method, path);
      EXPECT_EQ(route.page, api_page::wrong_method) << method << ' ' << path;
      EXPECT_EQ(route.allow, "POST, OPTIONS");
    }
  for (const char* path : {"/v1/models", "/v1/models/m", "/healthz", "/readyz"})
    for (const char* method : {"POST", "PUT", "DELETE", "get"}) {
      const auto route = match_api(method, path);
      EXPECT_EQ(route.page, api_page::wrong_method) << method << ' ' << path;
      EXPECT_EQ(route.allow, "GET, HEAD, OPTIONS");
    }
}

TEST(ApiRoutes, Case77OtherPathsAreNotThere) {
  for (const char* path : {"", "/", "/v1", "/v1/", "/v1/models/", "/V1/models", "/v1/chat/completions/", "/v1/chat", "//v1/models", "/v1//models", "/admin/v1/status",
                           "/metrics", "/v1/models/%zz", "/v1/models/a%00b"})
    for (const char* method : {"GET", "HEAD", "POST"}) {
      EXPECT_EQ(match_api(method, path).page, api_page::not_found) << path;
      EXPECT_TRUE(match_api(method, path).allow.empty());
    }
}

TEST(ApiRoutes, Case77HeadIsGetWithoutABody) {
  for (const char* path : {"/v1/models", "/v1/models/m", "/healthz", "/readyz"}) {
    EXPECT_TRUE(match_api("HEAD", path).head_only);
    EXPECT_FALSE(match_api("GET", path).head_only);
    EXPECT_EQ(match_api("HEAD", path).page, match_api("GET", path).page);
  }
}

TEST(ApiRoutes, Case77OptionsSaysWhatIsAllowedWhereThereIsAPage) {
  EXPECT_EQ(match_api("OPTIONS", "/v1/chat/completions").page, api_page::options);
  EXPECT_EQ(match_api("OPTIONS", "/v1/models/m").page, api_page::options);
  EXPECT_EQ(match_api("OPTIONS", "*").allow, "GET, HEAD, POST, OPTIONS");
  EXPECT_EQ(match_api("OPTIONS", "/nowhere").page, api_page::not_found);
}

TEST(ApiRoutes, Case50AModelsIdIsEverythingBehindThePrefix) {
  EXPECT_EQ(match_api("GET", "/v1/models/library/llama3:8b").model, "library/llama3:8b");
  EXPECT_EQ(match_api("GET", "/v1/models/library%2Fllama3%3a8b").model, "library/llama3:8b");
  EXPECT_EQ(match_api("GET", "/v1/models/a%20b+c").model, "a b+c");
}

TEST(ApiRoutes, NamesAreFewSoThatLabelsAreBounded) {
  EXPECT_EQ(route_name(match_api("POST", "/v1/chat/completions")), "chat");
  EXPECT_EQ(route_name(match_api("GET", "/v1/models/x")), "models");
  EXPECT_EQ(route_name(match_api("GET", "/any/other/path")), "-");
  EXPECT_EQ(route_name(match_api("DELETE", "/v1/models")), "-");
}

TEST(ApiRoutes, PeersMayAskForInferenceAndJoinersForTheJoinPageAlone) {
  EXPECT_EQ(match_peer("POST", "/v1/embeddings", false).page, api_page::inference);
  EXPECT_EQ(match_peer("GET", "/v1/embeddings", false).page, api_page::wrong_method);
  EXPECT_EQ(match_peer("GET", "/healthz", false).page, api_page::healthz);
  EXPECT_EQ(match_peer("GET", "/mesh/v1/ask", false).page, api_page::wrong_method);
  EXPECT_EQ(match_peer("POST", "/mesh/v1/ask", false).page, api_page::ask);
  EXPECT_EQ(route_name(match_peer("POST", "/mesh/v1/ask", false)), "ask");
  EXPECT_EQ(match_peer("POST", "/mesh/v1/ask", true).page, api_page::not_found);
  EXPECT_EQ(match_api("POST", "/mesh/v1/ask").page, api_page::not_found);
  for (const char* path : {"/v1/models", "/readyz", "/mesh/endpoints", "/mesh/v1/join"})
    EXPECT_EQ(match_peer("GET", path, false).page, api_page::not_found) << path;
  EXPECT_EQ(match_peer("POST", "/mesh/v1/join", true).page, api_page::join);
  EXPECT_EQ(match_peer("GET", "/mesh/v1/join", true).page, api_page::wrong_method);
  for (const char* path : {"/v1/embeddings", "/healthz", "/v1/models"})
    EXPECT_EQ(match_peer("POST", path, true).page, api_page::not_found) << path;
  EXPECT_EQ(match_api("POST", "/mesh/v1/join").page, api_page::not_found);
  EXPECT_EQ(match_api("GET", "/mesh/endpoints").page, api_page::endpoints);
}

}  // namespace
}  // namespace edgemesh::http

#include "actors/catalogue.hpp"

#include <gtest/gtest.h>

#include "actors/target_builder.hpp"

namespace edgemesh::actors {
namespace {

model_offer offer(std::string upstream) {
  model_offer m;
  m.name = m.upstream = std::move(upstream);
  return m;
}
std::vector<std::string> names(const catalogue& c) {
  std::vector<std::string> out;
  for (const auto& o : c.offers()) out.push_back(o.name + "=" + o.upstream);
  return out;
}
using list = std::vector<std::string>;

TEST(Catalogue, OffersWhatIsListed) {
  catalogue c;
  EXPECT_TRUE(c.listed({offer("a"), offer("b")}, {}, backend_kind::openai));
  EXPECT_EQ(names(c), (list{"a=a", "b=b"}));
  EXPECT_FALSE(c.listed({offer("a"), offer("b")}, {}, backend_kind::openai)) << "nothing new";
}

TEST(Catalogue, AnAllowListHidesTheRest) {
  settings::backend_settings s;
  s.models = {"b"};
  catalogue c;
  c.listed({offer("a"), offer("b")}, s, backend_kind::openai);
  EXPECT_EQ(names(c), (list{"b=b"}));
}

TEST(Catalogue, Case49AllowListsFollowOllamasNames) {
  settings::backend_settings s;
  s.models = {"llama3"};
  catalogue c;
  c.listed({offer("LLAMA3:latest"), offer("llama3:8b")}, s, backend_kind::ollama);
  EXPECT_EQ(names(c), (list{"LLAMA3:latest=LLAMA3:latest"}));
}

TEST(Catalogue, Case51ARenameHidesTheBackendsName) {
  settings::backend_settings s;
  s.rename = {{"coder", "/models/q.gguf"}, {"helper", "/models/q.gguf"}};
  catalogue c;
  c.listed({offer("/models/q.gguf"), offer("x")}, s, backend_kind::llamacpp);
  EXPECT_EQ(names(c), (list{"coder=/models/q.gguf", "helper=/models/q.gguf", "x=x"}));
}

TEST(Catalogue, WithoutAListTheConfigurationIsAllThatIsKnown) {
  settings::backend_settings s;
  s.models = {"big", "small"};
  s.rename = {{"public", "big"}};
  catalogue c;
  EXPECT_TRUE(c.configured(s, backend_kind::openai));
  EXPECT_EQ(names(c), (list{"public=big", "small=small"}));
}

TEST(Catalogue, AnEmptyListIsAListToo) {
  settings::backend_settings s;
  s.models = {"big"};
  catalogue c;
  c.configured(s, backend_kind::openai);
  EXPECT_TRUE(c.listed({}, s, backend_kind::openai));
  EXPECT_TRUE(c.offers().empty());
}

TEST(Catalogue, HidesAMissingModelUntilItIsListedAgain) {
  catalogue c;
  c.listed({offer("a"), offer("b")}, {}, backend_kind::openai);
  EXPECT_TRUE(c.missed("b"));
  EXPECT_FALSE(c.missed("b"));
  EXPECT_FALSE(c.missed("unknown"));
  EXPECT_FALSE(c.configured({}, backend_kind::openai)) << "a reload does not bring it back";
  EXPECT_EQ(names(c), (list{"a=a"}));
  EXPECT_TRUE(c.listed({offer("a"), offer("b")}, {}, backend_kind::openai));
}

TEST(Catalogue, KeepsTheFirstCreationTime) {
  catalogue c;
  auto m = offer("a");
  m.created = 5;
  c.listed({m}, {}, backend_kind::llamacpp);
  m.created = 6;
  EXPECT_FALSE(c.listed({m}, {}, backend_kind::llamacpp));
  EXPECT_EQ(c.offers()[0].created, 5);
}

TEST(Catalogue, IsBounded) {
  std::vector<model_offer> many;
  for (int i = 0; i < 5000; ++i) many.push_back(offer(std::to_string(i)));
  catalogue c;
  c.listed(std::move(many), {}, backend_kind::openai);
  EXPECT_EQ(c.offers().size(), catalogue::models_max);
}

settings::backend_settings at(std::string url) {
  settings::backend_settings s;
  s.name = "b";
  s.url = *parse_backend_url(url);
  return s;
}

TEST(TargetBuilder, KnowsALiteralAtOnce) {
  const auto b = target_builder::make(at("http://[fd00::1]:8000/base/v1"));
  ASSERT_TRUE(b);
  const auto t = b->target();
  EXPECT_EQ(t->addresses[0].to_string(), "[fd00::1]:8000");
  EXPECT_EQ(t->host_header, "[fd00::1]:8000");
  EXPECT_FALSE(t->tls);
}

TEST(TargetBuilder, EscapesQueryParameters) {
  auto s = at("http://127.0.0.1:1");
  s.query = {{"api-version", "2024 10"}, {"a&b", "\xc3\xa4="}};
  EXPECT_EQ(target_builder::make(s)->target()->query, "api-version=2024%2010&a%26b=%C3%A4%3D");
}

TEST(TargetBuilder, SaysWhichFileCannotBeRead) {
  auto s = at("https://127.0.0.1:1");
  s.ca_file = "/nonexistent/ca.pem";
  const auto b = target_builder::make(s);
  ASSERT_FALSE(b);
  EXPECT_NE(b.error().message.find("/nonexistent/ca.pem"), std::string::npos);
}

TEST(TargetBuilder, VerifiesTheUrlsHostUnlessToldAnother) {
  auto s = at("https://llm.test");
  EXPECT_EQ(target_builder::make(s)->target()->server_name, "llm.test");
  s.server_name = "other.test";
  EXPECT_EQ(target_builder::make(s)->target()->server_name, "other.test");
}

TEST(TargetBuilder, PoolsAreApartForWhatBelongsToTheConnection) {
  const auto key = [](const settings::backend_settings& s) { return target_builder::make(s)->target()->pool_key; };
  const auto base = at("http://127.0.0.1:1");
  EXPECT_EQ(key(base), key(base));
  auto other = base;
  other.name = "c";
  EXPECT_NE(key(base), key(other));
  other = base;
  other.files_digest = 9;
  EXPECT_NE(key(base), key(other));
}

TEST(TargetBuilder, RemoteMediaIsForPublicPlacesOnly) {
  EXPECT_FALSE(target_builder::make(at("http://127.0.0.1:1"))->remote_media());
  EXPECT_FALSE(target_builder::make(at("http://10.1.1.1:1"))->remote_media());
  EXPECT_TRUE(target_builder::make(at("http://93.184.216.34:1"))->remote_media());
  EXPECT_FALSE(target_builder::make(at("http://llm.test:1"))->remote_media()) << "not resolved yet";
  auto s = at("http://127.0.0.1:1");
  s.remote_media = true;
  EXPECT_TRUE(target_builder::make(s)->remote_media());
}

}  // namespace
}  // namespace edgemesh::actors

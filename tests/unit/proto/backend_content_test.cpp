#include <gtest/gtest.h>

#include "proto/field_writer.hpp"
#include "proto/limits.hpp"
#include "tests/unit/proto/samples.hpp"

namespace edgemesh::proto {
namespace {

using namespace samples;

model_offer model_named(std::string name) {
  model_offer m;
  m.name = std::move(name);
  return m;
}

TEST(BackendContent, SurvivesTheWire) {
  const auto expected = a_content();
  const auto back = read_content(write_content(expected));
  ASSERT_TRUE(back.has_value()) << back.error().message;
  EXPECT_EQ(back->models, expected.models);
  ASSERT_EQ(back->prices.size(), 2u);
  EXPECT_EQ(back->prices[0].model, "qwen3:8b");
  EXPECT_EQ(back->prices[0].input, 250'000);
  EXPECT_EQ(back->prices[0].cached_input, 25'000);
  EXPECT_EQ(back->prices[0].output, 1'000'000);
  EXPECT_EQ(back->prices[0].request, 100);
  EXPECT_EQ(write_content(*back), write_content(expected));
}
TEST(BackendContent, DoesNotTellWhatTheBackendCallsAModel) {
  auto content = a_content();
  content.models[0].upstream = "internal-name";
  EXPECT_EQ(write_content(content), write_content(a_content()));
}
TEST(BackendContent, IsRefusedTruncatedAtEveryByte) {
  const auto whole = write_content(a_content());
  for (std::size_t size = 0; size < whole.size(); ++size) EXPECT_FALSE(read_content(std::string_view(whole).substr(0, size)).has_value()) << size;
}
TEST(BackendContent, MayBeEmpty) {
  const auto back = read_content(write_content({}));
  ASSERT_TRUE(back.has_value());
  EXPECT_TRUE(back->models.empty());
}
TEST(BackendContent, LeavesOutModelsWithNamesOutOfBounds) {
  backend_content content;
  for (const auto& name : {std::string(), std::string("bad\xff"), std::string("new\nline"), std::string(model_name_max + 1, 'x')})
    content.models.push_back(model_named(name));
  content.models.push_back(model_named(std::string(model_name_max, 'x')));
  const auto back = read_content(write_content(content));
  ASSERT_TRUE(back.has_value()) << back.error().message;
  EXPECT_EQ(back->models.size(), 1u);
}
TEST(BackendContent, OfTheLargestSizeFitsItsBound) {
  backend_content content;
  auto model = model_named(std::string(model_name_max, 'm'));
  model.owned_by = std::string(name_max, 'o');
  model.created = INT64_MAX;
  model.context_length = INT64_MAX;
  model.loaded = true;
  model.capabilities = {capability::chat, capability::logprobs};
  model.capabilities.set(capability::tools, false);
  model.runs_elsewhere = true;
  content.models.assign(models_max + 1, model);
  content.prices.assign(models_max + 1, {std::string(model_name_max, 'm'), INT64_MAX, INT64_MAX, INT64_MAX, -1});
  const auto bytes = write_content(content);
  EXPECT_LE(bytes.size(), content_max);
  const auto back = read_content(bytes);
  ASSERT_TRUE(back.has_value()) << back.error().message;
  EXPECT_EQ(back->models.size(), models_max);
  EXPECT_EQ(back->prices.size(), models_max);
  EXPECT_EQ(back->prices[0].request, 0);
}
TEST(BackendContent, RefusesWhatIsOverABound) {
  const auto with = [](int key, std::size_t count, auto write) {
    std::string out;
    field_writer fields(out);
    fields.each(key, std::vector<int>(count), [&](std::string& to, int) {
      field_writer one(to);
      write(one);
      one.finish();
    });
    fields.finish();
    return out;
  };
  const auto named = [](field_writer& f) { f.text(0, "m"); };
  EXPECT_TRUE(read_content(with(0, models_max, named)).has_value());
  EXPECT_FALSE(read_content(with(0, models_max + 1, named)).has_value());
  EXPECT_FALSE(read_content(with(1, models_max + 1, named)).has_value());
  EXPECT_FALSE(read_content(with(0, 1, [](field_writer&) {})).has_value());
  EXPECT_FALSE(read_content(with(0, 1, [](field_writer& f) { f.text(0, std::string(model_name_max + 1, 'm')); })).has_value());
  EXPECT_FALSE(read_content(std::string(content_max + 1, '\xc0')).has_value());
}
TEST(BackendContent, IgnoresCapabilitiesThatItDoesNotKnow) {
  std::string out;
  field_writer fields(out);
  fields.each(0, std::vector<int>(1), [](std::string& to, int) {
    field_writer one(to);
    one.text(0, "m");
    one.natural(5, 0xff'ffff);
    one.finish();
  });
  fields.finish();
  const auto back = read_content(out);
  ASSERT_TRUE(back.has_value());
  EXPECT_EQ(back->models[0].capabilities.names().size(), static_cast<std::size_t>(capability_count));
}

}  // namespace
}  // namespace edgemesh::proto

// The JSON Schema in config/ and the loader's key table say the same; the example files are valid.
#include <gmock/gmock.h>

#include <map>

#include "json/validate.hpp"
#include "json/value.hpp"
#include "settings/key_table.hpp"
#include "settings/load.hpp"
#include "settings/text_file.hpp"

namespace edgemesh::settings {
namespace {

/// The repository's config/, looked for from the working directory upwards.
std::filesystem::path find_config_folder() {
  for (auto at = std::filesystem::current_path();; at = at.parent_path()) {
    if (std::filesystem::exists(at / "config/edgemesh.schema.json")) return at / "config";
    if (at == at.parent_path()) return "config";
  }
}
const std::filesystem::path config_folder = find_config_folder();

class Schema : public testing::Test {
 protected:
  void SetUp() override {
    auto text = read_text_file(config_folder / "edgemesh.schema.json", 1u << 20);
    ASSERT_TRUE(text) << text.error().message;
    text_ = std::move(*text);
    ASSERT_FALSE(json::validate(text_));
    root_ = json::value::first_in(text_);
    walk(root_, "");
  }

  /// Follows one $ref; siblings of it stay visible through `node` itself.
  json::value resolved(json::value node) const {
    const auto ref = node["$ref"].text();
    return ref ? root_["$defs"][ref->substr(std::string("#/$defs/").size())] : node;
  }
  void walk(json::value node, const std::string& path) {
    if (!path.empty()) nodes_.emplace(path, node);
    if (node["type"].equals("object")) {
      EXPECT_FALSE(node["additionalProperties"].absent_or_null()) << path;
      if (node["additionalProperties"].boolean() != false) walk(node["additionalProperties"], path + ".*");
    }
    for (const auto& m : node["properties"].members())
      walk(m.val, (path.empty() ? "" : path + ".") + *m.key.text());
    if (node["items"]) walk(node["items"], path + "[]");
  }

  std::string text_;
  json::value root_;
  std::map<std::string, json::value, std::less<>> nodes_;
};

TEST_F(Schema, HasExactlyTheKeysOfTheTable) {
  for (const auto& row : key_table()) {
    const bool there = nodes_.contains(row.path);
    EXPECT_EQ(there, row.kind != value_kind::later) << row.path;
  }
  for (const auto& [path, node] : nodes_) EXPECT_NE(find_row(path), nullptr) << path;
}

TEST_F(Schema, AgreesOnChoices) {
  for (const auto& row : key_table()) {
    if (row.kind != value_kind::choice) continue;
    std::string listed;
    for (const auto& v : nodes_.find(row.path)->second["enum"].elements())
      if (const auto text = v.text()) listed += (listed.empty() ? "" : "|") + *text;
    EXPECT_EQ(listed, row.choices) << row.path;
  }
}

TEST_F(Schema, AgreesOnDefaults) {
  for (const auto& row : key_table()) {
    if (row.kind == value_kind::later) continue;
    const auto value = nodes_.find(row.path)->second["default"];
    std::string text = value ? value.text_or(std::string(value.raw())) : "";
    std::erase_if(text, [](char c) { return c == '"' || c == '\n'; });
    for (auto at = text.find("  "); at != std::string::npos; at = text.find("  ")) text.erase(at, 1);
    if (text.starts_with("[ ")) text = "[" + text.substr(2, text.size() - 4) + "]";
    EXPECT_EQ(text, row.fallback) << row.path;
  }
}

TEST_F(Schema, AgreesOnRangesAndRequiredKeys) {
  for (const auto& row : key_table()) {
    if (row.kind == value_kind::later) continue;
    const auto node = nodes_.find(row.path)->second;
    if (row.kind == value_kind::integer || row.kind == value_kind::integer_or_auto) {
      const auto range = *node["anyOf"].elements().begin();
      EXPECT_EQ(range["minimum"].integer(), row.min) << row.path;
      EXPECT_EQ(range["maximum"].integer(), row.max) << row.path;
    }
    if (row.kind == value_kind::list) {
      EXPECT_EQ(node["minItems"].integer(), row.min) << row.path;
      EXPECT_EQ(node["maxItems"].integer(), row.max) << row.path;
    }
    if (row.kind == value_kind::map) {
      EXPECT_EQ(node["maxProperties"].integer(), row.max) << row.path;
    }
    if (row.kind != value_kind::object) continue;
    for (const auto child : child_keys(row.path)) {
      bool listed = false;
      for (const auto& r : node["required"].elements()) listed = listed || r.equals(child);
      EXPECT_EQ(listed, find_row(std::string(row.path) + "." + std::string(child))->required) << row.path << "." << child;
    }
  }
}

TEST_F(Schema, AgreesOnTypes) {
  for (const auto& row : key_table()) {
    if (row.kind == value_kind::later) continue;
    const auto node = resolved(nodes_.find(row.path)->second);
    const auto type = node["type"].text().value_or("");
    switch (row.kind) {
      case value_kind::object:
      case value_kind::map: EXPECT_EQ(type, "object") << row.path; break;
      case value_kind::list: EXPECT_EQ(type, "array") << row.path; break;
      case value_kind::boolean:
        EXPECT_EQ((*node["anyOf"].elements().begin())["type"].text_or(""), "boolean") << row.path;
        break;
      case value_kind::integer:
      case value_kind::integer_or_auto:
        EXPECT_EQ((*node["anyOf"].elements().begin())["type"].text_or(""), "integer") << row.path;
        break;
      default: break;
    }
  }
}

class ConfigFolder : public testing::TestWithParam<const char*> {};
TEST_P(ConfigFolder, FilesAreValid) {
  source from;
  from.config_file = config_folder / GetParam();
  from.env = [](const std::string&) { return std::optional<std::string>(); };
  for (const auto& f : read(from).faults) ADD_FAILURE() << f.to_string();
}
INSTANTIATE_TEST_SUITE_P(Examples, ConfigFolder, testing::Values("edgemesh.example.yaml", "simple-local-hard-cluster.yaml"));

TEST(ExampleFile, NamesEveryKey) {
  const auto text = read_text_file(config_folder / "edgemesh.example.yaml", 1u << 20);
  ASSERT_TRUE(text);
  for (const auto& row : key_table()) {
    if (row.kind == value_kind::later || row.path.ends_with("]") || row.path.ends_with("*")) continue;
    const auto dot = row.path.rfind('.');
    const std::string key(dot == std::string_view::npos ? row.path : row.path.substr(dot + 1));
    EXPECT_NE(text->find(key + ":"), std::string::npos) << row.path;
  }
}

}  // namespace
}  // namespace edgemesh::settings

#include "settings/yaml_reader.hpp"

#include <gmock/gmock.h>

#include "settings_fixture.hpp"

namespace edgemesh::settings {
namespace {

using testing::HasSubstr;
using testing::StartsWith;

using YamlReader = settings_fixture;

TEST_F(YamlReader, DuplicateKeysAreFaultsThatNameTheFirst) {
  EXPECT_EQ(only_fault("threads: 1\ndrain_timeout: 3s\nthreads: 2"), "3:1: threads: duplicate key; it stands already in line 1");
}

TEST_F(YamlReader, SyntaxErrorsHaveAPlace) {
  EXPECT_THAT(only_fault("node: {name: a\nlisten: b"), StartsWith("2:7: : not valid YAML: "));
}

TEST_F(YamlReader, ASecondDocumentIsNotIgnored) {
  EXPECT_THAT(only_fault("threads: 1\n---\nthreads: 2"), HasSubstr("a second document begins"));
}

TEST_F(YamlReader, MergeKeysAreRefused) {
  EXPECT_THAT(only_fault("limits: &a {headers: 50}\ntimeouts:\n  <<: *a"), HasSubstr("YAML merge keys are not supported"));
}

TEST_F(YamlReader, DepthAndSizeAreBounded) {
  fault_list faults("f");
  parse_yaml("a: " + std::string(40, '[') + std::string(40, ']'), faults);
  EXPECT_THAT(faults.take()[0].message, HasSubstr("nested too deeply"));
  parse_yaml("a: [" + std::string(50, ' ') + "1, 2, 3, 4, 5]", faults, {.bytes_max = 100, .nodes_max = 4, .depth_max = 5});
  EXPECT_THAT(faults.take()[0].message, HasSubstr("too many values"));
  parse_yaml(std::string(101, ' '), faults, {.bytes_max = 100, .nodes_max = 4, .depth_max = 5});
  EXPECT_THAT(faults.take()[0].message, HasSubstr("larger than 100 bytes"));
}

TEST_F(YamlReader, AliasesCannotGrowWithoutBound) {
  std::string yaml = "a0: &a0 [x, x, x, x, x, x, x, x]\n";
  for (int i = 1; i < 12; ++i) {
    const std::string before = "*a" + std::to_string(i - 1);
    yaml += "a" + std::to_string(i) + ": &a" + std::to_string(i) + " [" + before;
    for (int k = 0; k < 7; ++k) yaml += ", " + before;
    yaml += "]\n";
  }
  fault_list faults("f");
  parse_yaml(yaml, faults);
  EXPECT_THAT(faults.take()[0].message, HasSubstr("too many values"));
}

TEST_F(YamlReader, QuotedScalarsAreKnownAsSuch) {
  fault_list faults("f");
  const auto root = parse_yaml("a: 1\nb: \"1\"\nc: '1'", faults);
  EXPECT_FALSE(root.find("a")->value.quoted);
  EXPECT_TRUE(root.find("b")->value.quoted);
  EXPECT_TRUE(root.find("c")->value.quoted);
  EXPECT_EQ(root.find("b")->value.at.line, 2);
  EXPECT_EQ(root.find("b")->value.at.column, 4);
}

}  // namespace
}  // namespace edgemesh::settings

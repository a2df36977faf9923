#include "settings/variable_expansion.hpp"

#include <gmock/gmock.h>

#include "settings_fixture.hpp"

namespace edgemesh::settings {
namespace {

using testing::HasSubstr;

std::optional<std::string> made_up(const std::string& name) {
  if (name == "HOST") return "h.example";
  if (name == "EMPTY") return "";
  return std::nullopt;
}
std::string expanded(std::string_view text) {
  const auto r = expand_variables(text, made_up);
  return r ? r->text : "fault: " + r.error().message;
}

TEST(VariableExpansion, FillsInVariables) {
  EXPECT_EQ(expanded("https://${HOST}/v1"), "https://h.example/v1");
  EXPECT_EQ(expanded("${HOST}${HOST}"), "h.exampleh.example");
}
TEST(VariableExpansion, DefaultsStandForUnsetAndEmpty) {
  EXPECT_EQ(expanded("${NOPE:-8080}"), "8080");
  EXPECT_EQ(expanded("${EMPTY:-x}"), "x");
  EXPECT_EQ(expanded("${HOST:-x}"), "h.example");
  EXPECT_EQ(expanded("${NOPE:-}"), "");
}
TEST(VariableExpansion, AnEmptyVariableIsSet) { EXPECT_EQ(expanded("<${EMPTY}>"), "<>"); }
TEST(VariableExpansion, DollarSignsCanBeWritten) {
  EXPECT_EQ(expanded("$${HOST}"), "${HOST}");
  EXPECT_EQ(expanded("a$b$"), "a$b$");
  EXPECT_EQ(expanded("$$"), "$");
}
TEST(VariableExpansion, MistakesAreFaults) {
  EXPECT_EQ(expanded("${NOPE}"), "fault: the environment variable NOPE is not set");
  EXPECT_THAT(expanded("${HOST"), HasSubstr("without \"}\""));
  EXPECT_THAT(expanded("${}"), HasSubstr("expected ${NAME}"));
  EXPECT_THAT(expanded("${1A}"), HasSubstr("expected ${NAME}"));
}
TEST(VariableExpansion, ValuesAreNotExpandedAgain) {
  EXPECT_EQ(expand_variables("${A}", [](const std::string&) { return std::optional<std::string>("${B}"); })->text, "${B}");
}

using VariablesInFiles = settings_fixture;

TEST_F(VariablesInFiles, AMissingVariableIsNamedWithItsPlaceAndOnlyOnce) {
  EXPECT_EQ(only_fault("limits:\n  headers: ${HEADERS}"),
            "2:12: limits.headers: the environment variable HEADERS is not set");
}
TEST_F(VariablesInFiles, NumbersAndListsMayComeFromVariables) {
  variables_ = {{"N", "77"}, {"CLASS", "secret"}};
  const auto s = good("limits: {headers: \"${N}\"}\ndata_classes: [open, \"${CLASS}\"]\nthreads: ${N}");
  EXPECT_EQ(s.limits.headers, 77);
  EXPECT_EQ(s.threads, 77);
  EXPECT_EQ(s.data_classes.names[1], "secret");
}

}  // namespace
}  // namespace edgemesh::settings

#include "cli/completion_script.hpp"

#include <gmock/gmock.h>

namespace edgemesh::cli {
namespace {

using testing::HasSubstr;

const std::vector<command_words> commands = {{{}, {"serve", "backends", "--help"}},
                                             {{"backends"}, {"drain"}},
                                             {{"backends", "drain"}, {"--admin"}}};

TEST(CompletionScript, BashFollowsSubcommands) {
  const auto script = completion_script("bash", commands);
  ASSERT_TRUE(script);
  EXPECT_THAT(*script, HasSubstr("\"\") words=\"serve backends --help\" ;;"));
  EXPECT_THAT(*script, HasSubstr("\"backends\"|\"backends drain\") path="));
  EXPECT_THAT(*script, HasSubstr("\"backends drain\") words=\"--admin\" ;;"));
}
TEST(CompletionScript, ZshUsesTheSameThroughItsBashMode) {
  EXPECT_THAT(*completion_script("zsh", commands), HasSubstr("bashcompinit"));
}
TEST(CompletionScript, FishHasOneLinePerWord) {
  EXPECT_THAT(*completion_script("fish", commands),
              HasSubstr("complete -c edgemesh -n '__fish_seen_subcommand_from backends; and __fish_seen_subcommand_from drain' -l admin\n"));
}
TEST(CompletionScript, OtherShellsHaveNone) { EXPECT_FALSE(completion_script("tcsh", commands)); }

}  // namespace
}  // namespace edgemesh::cli

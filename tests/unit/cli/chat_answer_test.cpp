#include "cli/chat_answer.hpp"

#include <gtest/gtest.h>

namespace edgemesh::cli {
namespace {

std::string delta(const std::string& members) { return "data: {\"choices\":[{\"index\":0,\"delta\":{" + members + "}}]}\n\n"; }

TEST(ChatAnswer, ShowsContentAsItComes) {
  chat_answer a;
  EXPECT_EQ(a.feed(delta("\"role\":\"assistant\"")), "");
  EXPECT_EQ(a.feed(delta("\"content\":\"Hel\"")), "Hel");
  EXPECT_EQ(a.feed(delta("\"content\":\"lo\"") + "data: {\"choices\":[],\"usage\":{}}\n\ndata: [DONE]\n\n"), "lo");
  EXPECT_TRUE(a.complete());
  EXPECT_EQ(a.text(), "Hello");
  EXPECT_EQ(a.error(), "");
}
TEST(ChatAnswer, AcceptsEveryByteSplit) {
  const std::string stream = ": comment\n\n" + delta("\"content\":\"a\\u00e9\"") + delta("\"content\":\"🙂\"") + "data: [DONE]\n\n";
  chat_answer a;
  std::string shown;
  for (const char c : stream) shown += a.feed(std::string_view(&c, 1));
  EXPECT_EQ(shown, "aé🙂");
  EXPECT_TRUE(a.complete());
}
TEST(ChatAnswer, ReasoningStandsInParenthesesAndIsNotRemembered) {
  chat_answer a;
  const auto shown = a.feed(delta("\"reasoning_content\":\"hm\"") + delta("\"reasoning\":\"m\"") + delta("\"content\":\"yes\""));
  EXPECT_EQ(shown, "(hmm)\n\nyes");
  EXPECT_EQ(a.text(), "yes");
}
TEST(ChatAnswer, AnErrorEventIsAnError) {
  chat_answer a;
  EXPECT_EQ(a.feed("data: {\"error\":{\"message\":\"backend lost\"}}\n\n"), "");
  EXPECT_EQ(a.error(), "backend lost");
  EXPECT_FALSE(a.complete());
}
TEST(ChatAnswer, GarbageIsAnError) {
  chat_answer a;
  a.feed("data: <html>\n\n");
  EXPECT_EQ(a.error(), "an event of the stream is not JSON");
}
TEST(ChatAnswer, EscapeSequencesAreNotShown) {
  chat_answer a;
  EXPECT_EQ(a.feed(delta("\"content\":\"\\u001b[31mred\\n\"")), "[31mred\n");
}

}  // namespace
}  // namespace edgemesh::cli

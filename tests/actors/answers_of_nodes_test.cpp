#include "actors/admin/answers_of_nodes.hpp"

#include <gtest/gtest.h>

#include "actors/mesh/question_text.hpp"
#include "json/validate.hpp"
#include "json/value.hpp"

namespace edgemesh::actors {
namespace {

using kind = http::admin_question::kind;

json::value parsed(const std::string& body) {
  EXPECT_FALSE(json::validate(body)) << body;
  return json::value::first_in(body);
}

TEST(QuestionText, SaysWhatNodesMayAskAndReadsItBack) {
  for (const auto what : {kind::sessions, kind::session_cancel, kind::requests, kind::request, kind::backend_drain, kind::backend_enable,
                          kind::backend_probe}) {
    ASSERT_TRUE(is_askable(what));
    const auto back = read_question(write_question({what, "a \"name\"", {}, "limit=5", {}}));
    ASSERT_TRUE(back) << back.error().message;
    EXPECT_EQ(back->what, what);
    EXPECT_EQ(back->subject, "a \"name\"");
    EXPECT_EQ(back->query, "limit=5");
  }
}

TEST(QuestionText, KnowsNoWordForWhatIsNobodyElsesBusiness) {
  for (const auto what : {kind::evictions, kind::join_tokens, kind::mesh_leave, kind::mesh_rotate, kind::reload, kind::explain, kind::metrics})
    EXPECT_FALSE(is_askable(what));
  for (const char* body : {"", "[]", "{}", R"({"what":"reload"})", R"({"what":"evictions","subject":"a"})", R"({"what":7})",
                           R"({"what":"sessions","who":"x"})", R"({"what":"request","subject":"a\u0000"})"})
    EXPECT_FALSE(read_question(body)) << body;
  EXPECT_FALSE(read_question(R"({"what":"request","subject":")" + std::string(question_subject_max + 1, 'a') + "\"}"));
}

TEST(AnswersOfNodes, AListThatIsTooLongLosesItsLastRowsAndSaysSo) {
  std::string body = R"({"data":[)";
  for (int i = 0; i < 100; ++i) body += (i ? "," : "") + std::string(R"({"id":)") + std::to_string(i) + "}";
  body += "]}";
  EXPECT_EQ(bounded_list(body, body.size()), body);
  const auto cut = bounded_list(body, 200);
  EXPECT_LE(cut.size(), 200u);
  const auto v = parsed(cut);
  EXPECT_GT(v["data"].size(), 5u);
  EXPECT_EQ(v["data"].size() + static_cast<std::size_t>(*v["left_out"].integer()), 100u);
  EXPECT_EQ(bounded_list(std::string(300, 'x'), 200).size(), 300u) << "what is no list stays";
}

TEST(AnswersOfNodes, SessionsOfOtherNodesGoByFullNames) {
  const auto body = merged_sessions("a", R"({"data":[{"id":"s-0-1"}]})",
                                    {{"b", 200, R"({"data":[{"id":"s-0-1","busy":true},{}],"left_out":3})", ""}, {"c", 0, "", "it is dead"}});
  const auto v = parsed(body);
  auto row = v["data"].elements().begin();
  EXPECT_TRUE((*row)["id"].equals("s-0-1"));
  EXPECT_TRUE((*row)["node"].equals("a"));
  ++row;
  EXPECT_TRUE((*row)["id"].equals("b/s-0-1"));
  EXPECT_TRUE((*row)["node"].equals("b"));
  ++row;
  EXPECT_EQ((*row).raw(), R"({"node":"b"})");
  ASSERT_EQ(v["missing"].size(), 2u);
  auto missing = v["missing"].elements().begin();
  EXPECT_TRUE((*missing)["why"].equals("3 more than one answer holds"));
  ++missing;
  EXPECT_TRUE((*missing)["node"].equals("c"));
  EXPECT_TRUE((*missing)["why"].equals("it is dead"));
}

TEST(AnswersOfNodes, WhatIsNoListIsMissingAndSpoilsNothing) {
  for (const char* bad : {"", "garbage", R"({"data":7})", "[1,2", R"({"rows":[]})"}) {
    const auto body = merged_requests("a", R"({"data":[{"id":"r","ts":"1"}]})", {{"b", 200, bad, ""}}, 10);
    const auto v = parsed(body);
    EXPECT_EQ(v["data"].size(), 1u) << bad;
    EXPECT_EQ(v["missing"].size(), 1u) << bad;
  }
  const auto refused = merged_requests("a", R"({"data":[]})", {{"b", 403, R"({"error":{"message":"only full members may"}})", ""}}, 10);
  EXPECT_TRUE((*parsed(refused)["missing"].elements().begin())["why"].equals("only full members may"));
}

TEST(AnswersOfNodes, RequestsOfAllNodesAreNewestFirstAndAtMostAsManyAsAskedFor) {
  const auto body = merged_requests("a", R"({"data":[{"id":"3","ts":"2026-01-03"},{"id":"1","ts":"2026-01-01"}]})",
                                    {{"b", 200, R"({"data":[{"id":"4","ts":"2026-01-04"},{"id":"2","ts":"2026-01-02"}]})", ""}}, 3);
  std::string order;
  for (const auto& row : parsed(body)["data"].elements()) order += *row["id"].text();
  EXPECT_EQ(order, "432");
}

TEST(AnswersOfNodes, OneRequestIsToldByTheNodeThatTheClientAsked) {
  const node_answer owner{"b", 200, R"({"id":"r","peer":"a"})", ""}, entry{"a", 200, R"({"id":"r","hops":1})", ""};
  const node_answer none{"c", 404, R"({"error":{}})", ""}, lost{"d", 0, "", "no answer"};
  const auto answer = merged_request({owner, none, lost, entry});
  EXPECT_EQ(answer.status, 200);
  const auto v = parsed(answer.body);
  EXPECT_TRUE(v["node"].equals("a"));
  EXPECT_EQ(v["hops"].integer(), 1);
  ASSERT_EQ(v["also"].size(), 1u);
  EXPECT_TRUE((*v["also"].elements().begin())["node"].equals("b"));
  ASSERT_EQ(v["missing"].size(), 1u);
  EXPECT_TRUE((*v["missing"].elements().begin())["node"].equals("d"));
}

TEST(AnswersOfNodes, ARequestThatNobodyKnowsIs404AndNamesWhoWasNotHeard) {
  const auto answer = merged_request({{"a", 404, "{}", ""}, {"b", 0, "", "it is dead"}});
  EXPECT_EQ(answer.status, 404);
  EXPECT_NE(answer.body.find("b (it is dead)"), std::string::npos);
}

TEST(AnswersOfNodes, ABackendOfAnotherNodeIsToldByItsFullName) {
  const auto answer = answer_of({"b", 200, R"({"name":"gpu","draining":true})", ""});
  EXPECT_EQ(answer.body, R"({"node":"b","name":"b/gpu","draining":true})");
  EXPECT_EQ(answer_of({"b", 404, R"({"error":{"message":"none"}})", ""}).status, 404);
  EXPECT_EQ(answer_of({"b", 0, "", "it is dead"}).status, 503);
  EXPECT_EQ(answer_of({"b", 200, "<html>", ""}).status, 502);
}

TEST(AnswersOfNodes, ARecordNamesWhoHasAPartOfTheRequest) {
  const auto names = nodes_in(R"({"peer":"x","attempts":[{"backend":"b/gpu"},{"backend":"own"},{"backend":"c/gpu"},{"backend":"b/two"}]})");
  EXPECT_EQ(names, (std::vector<std::string>{"b", "c", "x"}));
  EXPECT_TRUE(nodes_in("{").empty());
}

}  // namespace
}  // namespace edgemesh::actors

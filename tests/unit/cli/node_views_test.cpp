#include "cli/node_views.hpp"

#include <gmock/gmock.h>

#include "json/validate.hpp"

namespace edgemesh::cli {
namespace {

using testing::HasSubstr;
using testing::Not;

json::value parsed(std::string_view text) {
  EXPECT_FALSE(json::validate(text)) << text;
  return json::value::first_in(text);
}

TEST(NodeViews, StatusIsAFewLines) {
  const auto text = status_view(parsed(R"({"node":"fra-1","site":"fra","version":"0.1.0","uptime_s":7380,"draining":false,"ready":true,
    "listen":{"api":"127.0.0.1:8780","admin":"127.0.0.1:8781"},"backends":{"total":3,"ready":2},"sessions":4,"in_flight":1,"requests":99})"));
  EXPECT_EQ(text,
            "node      fra-1 at fra, EdgeMesh 0.1.0\n"
            "state     ready, up 2h03m\n"
            "listen    api 127.0.0.1:8780, admin 127.0.0.1:8781\n"
            "backends  2 ready of 3\n"
            "sessions  4\n"
            "requests  1 in flight, 99 finished\n");
  EXPECT_THAT(status_view(parsed(R"({"draining":true,"ready":false})")), HasSubstr("state     draining"));
}

TEST(NodeViews, StatusInAMeshSaysWhoIsThereAndWhatWaitsForWhom) {
  const auto text = status_view(parsed(R"({"node":"a","mesh":{"mesh":"0123456789abcdef","role":"full","members":{"alive":3,"suspect":0,"dead":1},
    "links":2,"records":9,"clock":{"offset_ms":900,"ok":false},"features":[{"name":"x","on":true},{"name":"y","on":false,"held_back_by":["b"]}]}})"));
  EXPECT_THAT(text, HasSubstr("mesh      01234567, full: 3 alive 1 dead, 2 links, 9 records\n"));
  EXPECT_THAT(text, HasSubstr("clock     900ms from the peers' median: set it\n"));
  EXPECT_THAT(text, HasSubstr("waiting   y is off until b can do it\n"));
  EXPECT_THAT(text, Not(HasSubstr("x is off")));
}

TEST(NodeViews, BackendsShowHealthAndLoad) {
  const auto text = backends_view(parsed(R"({"data":[{"name":"lap","kind":"ollama","url":"http://127.0.0.1:11434","health":"ready",
    "breaker":"closed","detail":"","data_class":"confidential","in_flight":1,"concurrency":4,"models":["a","b","c","d"],
    "draining":true,"latency_ms":1.25}]})"));
  EXPECT_THAT(text, HasSubstr("ready, draining"));
  EXPECT_THAT(text, HasSubstr("1 of 4"));
  EXPECT_THAT(text, HasSubstr("1.2ms"));
  EXPECT_THAT(text, HasSubstr("a, b, c and 1 more"));
  EXPECT_THAT(backends_view(parsed(R"({"data":[]})")), HasSubstr("no backends"));
}

TEST(NodeViews, ModelsShowWhoServesThem) {
  const auto text = models_view(parsed(R"({"data":[{"id":"m","context_length":4096,"capabilities":["chat","tools"],"loaded":true,
    "backends":["lap","gpu"]},{"id":"assistant","virtual":true}]})"));
  EXPECT_THAT(text, HasSubstr("m          4096     chat, tools   yes     lap, gpu"));
  EXPECT_THAT(text, HasSubstr("assistant  -        -             -       virtual"));
}

TEST(NodeViews, SessionsAndRequestsAreTables) {
  EXPECT_THAT(sessions_view(parsed(R"({"data":[{"id":"7","client":"127.0.0.1:5","busy":true,"model":"m","seconds":3.21}]})")), HasSubstr("busy"));
  EXPECT_THAT(requests_view(parsed(R"({"data":[{"id":"req-1","route":"chat","status":200,"model":"m","backend":"lap",
    "attempts":[{},{}],"tokens":{"completion":7},"ms":{"first_content":12.5,"last":1500}}]})")),
              HasSubstr("req-1    -     chat   200     m      lap      2         7       12.5ms  1500ms"));
}

TEST(NodeViews, BackendsOfOtherNodesShowTheWayThereAndTheirAge) {
  const auto text = backends_view(parsed(R"({"data":[{"name":"gpu","path":{"state":"up","hops":0},"age_ms":400},
    {"name":"b/gpu","site":"par","path":{"state":"up","hops":1,"rtt_ms":0.42},"age_ms":7380000},
    {"name":"c/gpu","path":{"state":"up","hops":2,"via":"b","rtt_ms":12}},{"name":"d/gpu","path":{"state":"down","hops":1}}]})"));
  EXPECT_THAT(text, HasSubstr("own"));
  EXPECT_THAT(text, HasSubstr("0.4ms         2h03m"));
  EXPECT_THAT(text, HasSubstr("12.0ms via b"));
  EXPECT_THAT(text, HasSubstr("down"));
}

TEST(NodeViews, WhoIsMissingInAnAnswerIsNamed) {
  const auto answer = parsed(R"({"data":[],"missing":[{"node":"b","why":"it is dead"},{"node":"c\u001b[2J","why":"no answer"}]})");
  EXPECT_EQ(sessions_view(answer), "no sessions\nmissing: b: it is dead\nmissing: c[2J: no answer\n");
  EXPECT_THAT(requests_view(answer), HasSubstr("missing: b: it is dead\n"));
}

TEST(NodeViews, ModelsOfAMeshNameEachOffer) {
  const auto text = models_view(parsed(R"({"data":[{"id":"m","backends":["gpu"],"offers":[{"backend":"b/gpu","age_ms":90000},
    {"backend":"c/gpu","age_ms":5000}]}]})"));
  EXPECT_THAT(text, HasSubstr("b/gpu, c/gpu  5.0s"));
}

TEST(NodeViews, ExplainShowsEachCandidateAndWhyItWasRefused) {
  const auto text = explain_view(parsed(R"({"choice":"lap","model":"m","data_class":"internal","virtual_route":"assistant[0]",
    "candidates":[{"backend":"lap","node":"n","model":"m","verdict":"chosen","in_flight":0,"cost":{"total_ms":3}},
    {"backend":"gpu","node":"n","model":"m","verdict":"refused","refused_by":"context_length","detail":"context 4096 < 9000"}]})"));
  EXPECT_THAT(text, HasSubstr("choice      lap\n"));
  EXPECT_THAT(text, HasSubstr("m by assistant[0]"));
  EXPECT_THAT(text, HasSubstr("context_length  context 4096 < 9000"));
  EXPECT_THAT(explain_view(parsed(R"({"choice":null,"candidates":[],"error":{"message":"nobody offers it"}})")),
              HasSubstr("choice      none\nmodel       -\ndata class  -\nerror       nobody offers it\n"));
}

TEST(NodeViews, AnObjectIsIndentedLines) {
  EXPECT_EQ(members_view(parsed(R"({"a":1,"b":{"c":"x","d":null},"e":[1,2],"f":[{"g":1,"h":2},{"g":3}]})")),
            "a: 1\nb: \n  c: x\n  d: -\ne: 1, 2\nf: \n  - g: 1\n    h: 2\n  - g: 3\n");
}

TEST(NodeViews, TextOfTheNetworkIsMadePrintable) {
  const char* evil = R"({"data":[{"id":"\u001b[2Jx","name":"\u001b[2Jx","a":"\u001b"}],"node":"\u001bn","choice":"\u001bc","\u001bk":"\u001bv"})";
  for (const auto& text : {models_view(parsed(evil)), backends_view(parsed(evil)), sessions_view(parsed(evil)), requests_view(parsed(evil)),
                           status_view(parsed(evil)), explain_view(parsed(evil)), members_view(parsed(evil))})
    EXPECT_THAT(text, Not(HasSubstr("\x1b")));
}

}  // namespace
}  // namespace edgemesh::cli

#include "openai/message_reader.hpp"

#include <gtest/gtest.h>

#include "openai/client_request.hpp"

namespace edgemesh::openai {
namespace {

std::string body_of(std::string_view messages) { return R"({"messages":)" + std::string(messages) + "}"; }

std::string refused(std::string_view messages) {
  const auto r = read_request(endpoint::chat, body_of(messages));
  return r ? "accepted" : r.error().param.value_or("-");
}

std::string with_part(std::string_view part) { return R"([{"role":"user","content":[{"type":"text","text":"see https://x.example"},)" + std::string(part) + "]}]"; }

request_facts facts_of(std::string_view part) {
  const auto r = read_request(endpoint::chat, body_of(with_part(part)));
  EXPECT_TRUE(r) << part;
  return r ? r->facts : request_facts{};
}

TEST(MessageReader, MessagesAreANonEmptyArrayOfObjects) {
  for (const char* bad : {"null", "[]", "{}", "\"hi\"", "7"}) EXPECT_EQ(refused(bad), "messages") << bad;
  EXPECT_FALSE(read_request(endpoint::chat, R"({"model":"m"})"));
  EXPECT_EQ(refused(R"(["hi"])"), "messages[0]");
  EXPECT_EQ(refused(R"([{"role":"user","content":"a"},[]])"), "messages[1]");
}

TEST(MessageReader, RolesAreKnownOnes) {
  for (const char* role : {"developer", "system", "user", "assistant", "tool", "function"})
    EXPECT_EQ(refused(R"([{"role":")" + std::string(role) + R"(","content":"x"}])"), "accepted");
  EXPECT_EQ(refused(R"([{"r\u006fle":"us\u0065r","content":"x"}])"), "accepted");
  for (const char* role : {"\"User\"", "\"\"", "\"bot\"", "null", "7"}) EXPECT_EQ(refused(R"([{"role":)" + std::string(role) + R"(,"content":"x"}])"), "messages[0].role") << role;
  EXPECT_EQ(refused(R"([{"content":"x"}])"), "messages[0].role");
}

TEST(MessageReader, ContentIsAStringPartsNullOrAbsent) {
  EXPECT_EQ(refused(R"([{"role":"assistant","content":null,"tool_calls":[]}])"), "accepted");
  EXPECT_EQ(refused(R"([{"role":"assistant","tool_calls":[]}])"), "accepted");
  EXPECT_EQ(refused(R"([{"role":"user","content":[]}])"), "accepted");
  for (const char* bad : {"7", "true", "{}", R"({"type":"text","text":"x"})"}) EXPECT_EQ(refused(R"([{"role":"user","content":)" + std::string(bad) + "}]"), "messages[0].content") << bad;
  EXPECT_EQ(refused(with_part("\"bare\"")), "messages[0].content[1]");
  EXPECT_EQ(refused(with_part("{}")), "messages[0].content[1].type");
  EXPECT_EQ(refused(with_part(R"({"type":"text"})")), "messages[0].content[1].text");
  EXPECT_EQ(refused(with_part(R"({"type":"unknown_kind","x":1})")), "accepted");
}

TEST(MessageReader, TellsTheKindsOfMedia) {
  const request_facts image = facts_of(R"({"type":"image_url","image_url":{"url":"data:image/png;base64,AAAA","detail":"low"}})");
  EXPECT_TRUE(image.images);
  EXPECT_FALSE(image.audio || image.remote_media);
  const request_facts audio = facts_of(R"({"type":"input_audio","input_audio":{"data":"AAAA","format":"wav"}})");
  EXPECT_TRUE(audio.audio);
  EXPECT_FALSE(audio.images || audio.remote_media);
  EXPECT_TRUE(facts_of(R"({"type":"video_url","video_url":{"url":"data:video/mp4;base64,AAAA"}})").images);
  const request_facts text = facts_of(R"({"type":"text","text":"http://10.0.0.1/ and file:///etc/passwd"})");
  EXPECT_FALSE(text.images || text.audio || text.remote_media) << "text is no URL";
}

TEST(MessageReader, FindsRemoteUrlsInEveryKindOfPart) {
  for (const char* part : {
           R"({"type":"image_url","image_url":{"url":"http://10.0.0.1/x.png"}})", R"({"type":"image_url","image_url":{"url":"https://x.example/y"}})",
           R"({"type":"image_url","image_url":{"url":"file:///etc/passwd"}})", R"({"type":"image_url","image_url":{"url":"/etc/passwd"}})",
           R"({"type":"image_url","image_url":"http://10.0.0.1/x.png"})", R"({"type":"image_url","image_url":{"URL":"HTTP://10.0.0.1"}})",
           R"({"type":"image_url","image_url":{"\u0075rl":"\u0068ttp://10.0.0.1"}})", R"({"type":"image_url","image_url":{"url":" data:image/png;base64,AAAA"}})",
           R"({"type":"image_url","image_url":{"url":"data:image/png;base64,AAAA","url":"http://10.0.0.1"}})", R"({"type":"input_audio","input_audio":{"url":"http://10.0.0.1/a"}})",
           R"({"type":"input_audio","input_audio":{"data":"http://10.0.0.1/a","format":"wav"}})", R"({"type":"video_url","video_url":{"url":"rtsp://10.0.0.1/a"}})",
           R"({"type":"audio_url","audio_url":{"url":"http://10.0.0.1/a"}})", R"({"type":"file","file":{"file_url":"http://10.0.0.1/a"}})",
           R"({"type":"file","file":{"file_data":"file:/etc/passwd"}})", R"({"type":"input_file","file_url":"http://10.0.0.1/a"})",
           R"({"type":"image","source":{"type":"url","url":"http://10.0.0.1/a"}})", R"({"type":"new_kind","nested":[{"deep":{"thumbnail_url":"http://10.0.0.1"}}]})",
           R"({"type":"new_kind","pictures":["s3://bucket/x"]})", R"({"type":"text","text":"x","image_url":{"url":"http://10.0.0.1"}})",
           R"({"type":"image","image":"\thttps://10.0.0.1"})", R"({"type":"resource","uri":"ftp://10.0.0.1"})"})
    EXPECT_TRUE(facts_of(part).remote_media) << part;
}

TEST(MessageReader, FindsRemoteUrlsInEveryMessageAndBesideTheContent) {
  const auto remote = [](std::string_view messages) {
    const auto r = read_request(endpoint::chat, body_of(messages));
    EXPECT_TRUE(r);
    return r && r->facts.remote_media;
  };
  EXPECT_TRUE(remote(R"([{"role":"user","content":"a"},{"role":"tool","content":[{"type":"image_url","image_url":{"url":"http://x"}}]},{"role":"user","content":"b"}])"));
  EXPECT_TRUE(remote(R"([{"role":"user","content":"a","images":["http://x"]}])"));
  EXPECT_TRUE(remote(R"([{"role":"user","Content":[{"type":"image_url","image_url":{"url":"http://x"}}]}])"));
  EXPECT_FALSE(remote(R"([{"role":"user","content":"http://x"},{"role":"assistant","content":"a","tool_calls":[{"function":{"name":"f","arguments":"{\"url\":\"http://x\"}"}}],"annotations":[{"url_citation":{"url":"http://x"}}]}])"));
}

TEST(MessageReader, FindsRemoteUrlsInMessagesOfOtherEndpoints) {
  const auto r = read_request(endpoint::embeddings, R"({"input":"x","messages":[{"role":"user","content":[{"type":"image_url","image_url":{"url":"http://10.0.0.1"}}]}]})");
  ASSERT_TRUE(r);
  EXPECT_TRUE(r->facts.remote_media);
}

TEST(MessageReader, Case40DataUrlsWithCaseAndParametersAreAccepted) {
  for (const char* url : {"data:image/png;base64,AAAA", "DATA:image/PNG;charset=x;BASE64,AAAA", "data:;base64,AA==", "data:image/png; base64,AAAA",
                          "data:image\\/png;base64,AA\\u0041A", "data:text/plain,hello%20world"}) {
    const request_facts facts = facts_of(R"({"type":"image_url","image_url":{"url":")" + std::string(url) + "\"}}");
    EXPECT_TRUE(facts.images) << url;
    EXPECT_FALSE(facts.remote_media) << url;
  }
}

TEST(MessageReader, Case40BrokenDataUrlsAreRefused) {
  for (const char* url : {"data:image/png;base64,AA A", "data:image/png;base64,A", "data:image/png;base64,", "data:image/png;base64", "data:image/png;base64,AAA-", "data:"})
    EXPECT_EQ(refused(with_part(R"({"type":"image_url","image_url":{"url":")" + std::string(url) + "\"}}")), "messages[0].content[1]") << url;
}

}  // namespace
}  // namespace edgemesh::openai

#include "http/forward_fields.hpp"

#include <gtest/gtest.h>

namespace edgemesh::http {
namespace {

forward_head sample() {
  forward_head h;
  h.hop = 2;
  h.node = "fra-1";
  h.backend = "big gpu/1";
  h.model = "größe:7b%x";
  h.data_class = "internal";
  h.principal = "key\r\nx: y";
  h.charge_id = "ch-0a";
  h.time_left = milliseconds(1500);
  return h;
}

std::string written(const forward_head& h) {
  net::upstream_target peer;
  peer.host_header = "10.0.0.7:8791";
  return write_forward_head(peer, "/v1/chat/completions", 17, h, "req-1", "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01");
}

TEST(ForwardFields, WhatIsWrittenIsReadBack) {
  const auto text = written(sample());
  request_head head;
  scan_fault fault{};
  ASSERT_EQ(scan_head(text, {}, head, fault), scan_result::complete) << text;
  EXPECT_EQ(head.content_length, 17u);
  EXPECT_EQ(head.request_id, "req-1");
  EXPECT_EQ(head["x"], "");  // no name can add a field
  const auto got = read_forward_head(head);
  ASSERT_TRUE(got) << got.error().message;
  const auto wanted = sample();
  EXPECT_EQ(got->hop, wanted.hop);
  EXPECT_EQ(got->node, wanted.node);
  EXPECT_EQ(got->backend, wanted.backend);
  EXPECT_EQ(got->model, wanted.model);
  EXPECT_EQ(got->data_class, wanted.data_class);
  EXPECT_EQ(got->principal, wanted.principal);
  EXPECT_EQ(got->charge_id, wanted.charge_id);
  EXPECT_EQ(got->time_left, wanted.time_left);
}

TEST(ForwardFields, AnEmptyPrincipalIsLeftOut) {
  auto h = sample();
  h.principal.clear();
  EXPECT_EQ(written(h).find("principal"), std::string::npos);
}

TEST(ForwardFields, LoadIsReadBackAndNonsenseIsNot) {
  const auto load = read_load(write_load({3, 2, 8}));
  ASSERT_TRUE(load);
  EXPECT_EQ(load->in_flight, 3);
  EXPECT_EQ(load->waiting, 2);
  EXPECT_EQ(load->slots, 8);
  for (const char* wrong : {"", "1", "1;2", "1;2;", "1;2;3;4", "-1;2;3", "1;x;3", "1;2;99999999999", "1;2;2000000", " 1;2;3"})
    EXPECT_FALSE(read_load(wrong)) << wrong;
}

TEST(ForwardFields, EveryCauseIsReadBack) {
  for (int i = 0; i < attempt_cause_count; ++i) {
    const auto cause = static_cast<attempt_cause>(i);
    const auto text = write_cause(cause, "not_here");
    const auto got = read_cause(text);
    ASSERT_TRUE(got) << text;
    EXPECT_EQ(got->cause, cause);
    EXPECT_EQ(got->code, "not_here");
    EXPECT_EQ(read_cause(write_cause(cause, ""))->code, "");
  }
  for (const char* wrong : {"", "nonsense", "reset <script>", "reset  x"}) EXPECT_FALSE(read_cause(wrong)) << wrong;
}

}  // namespace
}  // namespace edgemesh::http

#include "http/request_log.hpp"

#include <gtest/gtest.h>

#include "json/value.hpp"

namespace edgemesh::http {
namespace {

TEST(RequestLog, IsOneJsonLineWithEveryPhase) {
  request_record r;
  r.id = "req-1";
  r.started = wall_time(milliseconds(1'582'934'400'001));
  r.route = "chat";
  r.model = "m";
  r.backend = "b";
  r.upstream_model = "org/m";
  r.status = 200;
  r.stream = true;
  r.data_class = "internal";
  r.attempts = {{"a", attempt_cause::refused, 0, microseconds(250)}, {"b", attempt_cause::ok, 200, microseconds(1500)}};
  r.bytes_in = 12;
  r.bytes_out = 34;
  r.usage = {.prompt_tokens = 5, .completion_tokens = 7, .cached_tokens = 1, .reasoning_tokens = 2, .source = usage_source::upstream};
  r.marks = {.read = 100, .queue = 150, .connect = 900, .first_byte = 1000, .first_content = -1, .last = 2000};
  r.overhead_us = 42;
  EXPECT_EQ(request_json(r),
            R"({"ts":"2020-02-29T00:00:00.001Z","id":"req-1","route":"chat","model":"m","backend":"b","upstream_model":"org/m",)"
            R"("status":200,"stream":true,"data_class":"internal","error":null,)"
            R"("attempts":[{"backend":"a","cause":"refused","status":0,"ms":0.25},{"backend":"b","cause":"ok","status":200,"ms":1.5}],)"
            R"("bytes_in":12,"bytes_out":34,"tokens":{"prompt":5,"completion":7,"cached":1,"reasoning":2,"source":"upstream"},)"
            R"("ms":{"read":0.1,"queue":0.15,"connect":0.9,"first_byte":1,"first_content":null,"last":2},"overhead_us":42})");
}

TEST(RequestLog, StaysOneLineWhateverTheNames) {
  request_record r;
  r.model = "a\nb\"c";
  r.error_code = "model_not_found";
  const auto line = request_json(r);
  EXPECT_EQ(line.find('\n'), line.npos);
  EXPECT_NE(line.find(R"("error":"model_not_found")"), line.npos);
  EXPECT_NE(line.find(R"("model":"a\nb\"c")"), line.npos);
}

}  // namespace
}  // namespace edgemesh::http

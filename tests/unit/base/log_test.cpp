#include "base/log.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace edgemesh {
namespace {
using testing::MatchesRegex;

/// What `act` writes to standard error, with log level and form set for its duration.
template <class Act>
std::string written(log::level minimum, log::format form, Act act) {
  log::configure(minimum, form);
  testing::internal::CaptureStderr();
  act();
  log::flush();
  auto out = testing::internal::GetCapturedStderr();
  log::configure(log::level::info, log::format::text);
  return out;
}

TEST(Log, WritesOneTextLinePerEvent) {
  const auto out = written(log::level::info, log::format::text, [] {
    log::info("backend ready", {{"name", "laptop"}, {"models", 3}, {"rtt_ms", 0.5}, {"local", true}, {"note", "two words"}});
  });
  EXPECT_THAT(out, MatchesRegex("[0-9-]+T[0-9:.]+Z info backend ready name=laptop models=3 rtt_ms=0.5 local=true note=\"two words\"\n"));
}

TEST(Log, WritesOneJsonObjectPerEvent) {
  const auto out = written(log::level::info, log::format::json, [] {
    log::warn("say \"hi\"", {{"n", -1}, {"nan", 0.0 / 0.0}, {"ok", false}, {"text", "a\\b"}});
  });
  EXPECT_THAT(out, MatchesRegex("\\{\"ts\":\"[^\"]+Z\",\"level\":\"warn\",\"event\":\"say \\\\\"hi\\\\\"\",\"n\":-1,\"nan\":null,"
                                "\"ok\":false,\"text\":\"a\\\\\\\\b\"\\}\n"));
}

TEST(Log, NoValueBreaksALine) {
  for (auto form : {log::format::text, log::format::json}) {
    const auto out = written(log::level::info, form, [] {
      log::error("bad\nevent", {{"v", "a\r\nb\x1b[31m\x7f"}, {"w", "\xff"}, {"empty", ""}});
    });
    EXPECT_EQ(std::count(out.begin(), out.end(), '\n'), 1) << out;
    EXPECT_EQ(out.find('\x1b'), out.npos) << out;
    EXPECT_EQ(out.find('\xff'), out.npos) << out;
  }
}

TEST(Log, LeavesOutWhatIsBelowTheLevel) {
  const auto out = written(log::level::warn, log::format::text, [] {
    log::info("quiet");
    log::write_json_line("{}");
    log::warn("loud");
  });
  EXPECT_THAT(out, MatchesRegex("[^ ]+ warn loud\n"));
  EXPECT_EQ(written(log::level::off, log::format::text, [] { log::error("nothing"); }), "");
}

TEST(Log, PassesReadyJsonLinesThrough) {
  const auto pass = [] { log::write_json_line("{\"id\":\"x\"}"); };
  EXPECT_EQ(written(log::level::info, log::format::json, pass), "{\"id\":\"x\"}\n");
  EXPECT_THAT(written(log::level::info, log::format::text, pass), MatchesRegex("[^ ]+ info request \\{\"id\":\"x\"\\}\n"));
}

}  // namespace
}  // namespace edgemesh

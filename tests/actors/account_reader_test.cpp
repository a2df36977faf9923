// What reports cost: a year of a thousand keys on a real disk. The bound is loose, so that a busy machine does not fail it; the time is printed.
#include "actors/accounts/account_reader.hpp"

#include <gtest/gtest.h>

#include <caf/all.hpp>
#include <future>
#include <iostream>

#include "actors/runtime/house_config.hpp"
#include "proto/usage_codec.hpp"
#include "store/usage_rows.hpp"
#include "tests/unit/store/temporary_folder.hpp"

namespace edgemesh::actors {
namespace {

using namespace std::chrono;
constexpr int keys = 1000, days = 365;
const sys_days first_day = 2026y / January / 1;

void add_year(store::store& disk) {
  std::vector<store::change> batch;
  usage_counts counts;
  counts.requests = 3;
  counts.cost = 7;
  const auto add = [&](usage_interval interval, sys_days day, int key) {
    const usage_row_name name{"key" + std::to_string(key), "team" + std::to_string(key % 20), "llama3.2:3b", "site/gpu", "site", "fra"};
    batch.push_back({store::family::rows, store::write_row_key({interval, day.time_since_epoch() / seconds(1), name, {}}), proto::write_counts(counts)});
  };
  for (int d = 0; d < days; ++d) {
    const auto day = first_day + std::chrono::days(d);
    for (int k = 0; k < keys; ++k) {
      add(usage_interval::day, day, k);
      if (year_month_day(day).day() == std::chrono::day(1)) add(usage_interval::month, day, k);
    }
    if (d % 10 == 9 || d + 1 == days) ASSERT_TRUE(disk.write(std::exchange(batch, {}), store::durability::written));
  }
}

TEST(AccountReader, AMonthlyQuestionAboutAYearOfAThousandKeysIsAnsweredAtOnce) {
  store::temporary_folder folder;
  auto opened = store::open_store(folder.path() / "store");
  ASSERT_TRUE(opened);
  const std::shared_ptr<store::store> disk = std::move(*opened);
  add_year(*disk);
  house_config config;
  caf::actor_system system(config);
  const wall_time now = sys_days(2026y / December / 31) + hours(15) + minutes(7);
  const auto reader = system.spawn<caf::detached>(account_reader, account_reader_deps{disk, "n1", [now] { return now; }});
  for (const char* query : {"group_by=group&interval=month&from=2026-01-01", "group_by=key&interval=month&from=2026-01-01", "group_by=key,model", "group_by=key&interval=month",
                            "group_by=group&interval=day&from=2026-12-01"}) {
    const auto question = admission::read_usage_question(query, now);
    ASSERT_TRUE(question);
    EXPECT_GE(question->rows_to_read(), usage_interval::day) << query;
    std::vector<milliseconds> took;
    for (int i = 0; i < 5; ++i) {
      std::promise<http::admin_answer> p;
      const auto began = steady_clock::now();
      caf::anon_send(reader, usage_read{{*question, nullptr, reply_slot<http::admin_answer>([&](auto a) { p.set_value(a.value_or(http::admin_answer{599, ""})); })}});
      const auto answer = p.get_future().get();
      EXPECT_EQ(answer.status, 200);
      EXPECT_GT(answer.body.size(), 1000u) << answer.body;
      took.push_back(duration_cast<milliseconds>(steady_clock::now() - began));
    }
    std::sort(took.begin(), took.end());
    std::cout << query << ": " << took[2].count() << " ms\n";
    EXPECT_LT(took[0], milliseconds(2000));
  }
  caf::anon_send_exit(reader, caf::exit_reason::user_shutdown);
}

}  // namespace
}  // namespace edgemesh::actors

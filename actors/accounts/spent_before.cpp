#include "actors/accounts/spent_before.hpp"

#include <algorithm>

namespace edgemesh::actors {

namespace {

struct sum {
  const unspent_budget* of = nullptr;
  budget_window window;
  std::int64_t spent = 0;

  bool concerns(const usage_row_name& row) const {
    const auto& name = of->what.name;
    return name.kind == accounts::subject_kind::key ? row.key == name.id : of->groups.contains(row.group);
  }
  void add(const usage_counts& c) { spent += of->what.limit.unit == budget_unit::money ? c.cost : c.prompt_tokens + c.completion_tokens; }
};

result<void> read_rows(store::usage_book& book, usage_interval interval, bool is_total, std::vector<sum>& sums, std::int64_t end) {
  std::int64_t first = end;
  for (const auto& s : sums)
    if ((s.of->what.limit.period == budget_period::total) == is_total) first = std::min(first, s.window.begin);
  if (first >= end) return {};
  return book.rows(interval, first, end, [&](std::int64_t begin, const usage_row& row) {
    for (auto& s : sums)
      if ((s.of->what.limit.period == budget_period::total) == is_total && begin >= s.window.begin && s.concerns(row.name)) s.add(row.counts);
    return true;
  });
}

}  // namespace

std::vector<unspent_budget> unspent_of(const accounts::account_table& table, std::vector<accounts::ring_builder::fresh_spending> fresh) {
  std::vector<unspent_budget> out;
  for (auto& f : fresh) {
    std::set<std::string> groups;
    if (f.name.kind == accounts::subject_kind::group) {
      groups.insert(f.name.id);
      const auto& under = table.groups_in(f.name.id);
      groups.insert(under.begin(), under.end());
    }
    out.push_back({std::move(f), std::move(groups)});
  }
  return out;
}

result<void> restore_spending(store::usage_book& book, const std::vector<unspent_budget>& budgets, wall_time now) {
  if (budgets.empty()) return {};
  std::vector<sum> sums;
  for (const auto& b : budgets) sums.push_back({&b, window_of(b.what.limit.period, now), 0});
  const auto end = window_of(budget_period::day, now).end;
  if (auto read = read_rows(book, usage_interval::day, false, sums, end); !read) return read;
  if (auto read = read_rows(book, usage_interval::month, true, sums, end); !read) return read;
  for (const auto& s : sums) s.of->what.spent->restore(s.window.begin, s.spent);
  return {};
}

}  // namespace edgemesh::actors

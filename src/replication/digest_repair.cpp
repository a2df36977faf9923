#include "replication/digest_repair.hpp"

#include <algorithm>
#include <set>

namespace edgemesh::replication {
namespace {

milliseconds jittered(milliseconds interval, random_source& rng) {
  const auto fifth = static_cast<std::uint64_t>(interval.count()) / 5;
  return interval - milliseconds{fifth} + milliseconds{rng.below(2 * fifth + 1)};
}

}  // namespace

void digest_repair::set_neighbours(std::span<const node_key> neighbours) {
  neighbours_.assign(neighbours.begin(), neighbours.end());
  const std::set<node_key> present(neighbours.begin(), neighbours.end());
  std::erase_if(questions_, [&](const auto& q) { return !present.contains(q.first); });
  std::erase_if(asked_at_, [&](const auto& a) { return !present.contains(a.first); });
  if (talk_ && !present.contains(talk_->with)) talk_.reset();
}

void digest_repair::plan(const node_key& who, instant at, int times) {
  auto [here, is_new] = questions_.try_emplace(who, question{at, times});
  if (!is_new) here->second = {std::min(here->second.at, at), std::max(here->second.times, times)};
}

digest_repair::reply digest_repair::asked_by(const node_key& who, bool is_equal, instant now) {
  if (is_equal) {
    questions_.erase(who);
    asked_at_.erase(who);
    return reply::none;
  }
  // Both asked at once: the lower key's question is the one that is answered.
  const auto ours = asked_at_.find(who);
  if (ours != asked_at_.end() && now - ours->second < 2 * options_.step && self_ < who) return reply::none;
  if (!talk_ && has_answer_left(now)) return reply::buckets;
  plan(who, now + options_.quiet, 1);
  return reply::none;
}

bool digest_repair::has_answer_left(instant now) {
  if (now - answers_since_ >= options_.quiet) {
    answers_since_ = now;
    answers_ = 0;
  }
  return answers_++ < options_.answers_per_quiet;
}

void digest_repair::answered_by(const node_key& who, std::span<const std::uint64_t> theirs, const buckets& ours, instant now) {
  if (asked_at_.erase(who) == 0) return;  // nobody asked
  const auto again = questions_.find(who);
  const int times_left = again == questions_.end() ? 0 : again->second.times;
  questions_.erase(who);
  if (theirs.size() != ours.size()) return;
  if (talk_) return plan(who, now + options_.quiet, 1);
  conversation t{who, {}, now, now + options_.quiet, times_left, false};
  for (std::size_t b = 0; b < ours.size(); ++b)
    if (theirs[b] != ours[b]) t.left.push_back(static_cast<std::uint16_t>(b));
  if (!t.left.empty()) talk_ = std::move(t);
}

void digest_repair::learned_from(const node_key& who, instant now) {
  if (is_talking_with(who)) {
    talk_->has_taught = true;
    talk_->over_at = now + options_.quiet;
  }
  follow_up_ = {follow_up_ ? follow_up_->first : now + options_.quiet, who};
}

void digest_repair::end_talk(instant now) {
  // Once more, to see that nothing was lost on the way; equal summaries end it there. A conversation that taught nothing is repeated as
  // often as its question was to be asked, not for ever: the difference may be one that cannot be mended (a record refused here).
  if (talk_->has_taught) plan(talk_->with, now + options_.step, 2);
  else if (talk_->times_left > 0) plan(talk_->with, now + options_.retry, talk_->times_left);
  talk_.reset();
}

void digest_repair::plan_followers(instant now, random_source& rng) {
  const auto because_of = follow_up_->second;
  follow_up_.reset();
  std::vector<node_key> others;
  for (const auto& n : neighbours_)
    if (n != because_of) others.push_back(n);
  for (std::size_t i = others.size(); i > 1; --i) std::swap(others[i - 1], others[rng.below(i)]);
  for (std::size_t i = 0; i < others.size(); ++i) plan(others[i], now + static_cast<int>(i) * options_.step, 1);
}

std::optional<digest_repair::ask> digest_repair::take_question(instant now) {
  if (talk_ || now < next_question_ || questions_.empty()) return std::nullopt;
  const auto first = std::ranges::min_element(questions_, {}, [](const auto& q) { return q.second.at; });
  if (first->second.at > now) return std::nullopt;
  const auto who = first->first;
  if (--first->second.times <= 0) questions_.erase(first);
  else first->second.at = now + options_.retry;
  asked_at_[who] = now;
  next_question_ = now + options_.step;
  return ask{who};
}

digest_repair::step digest_repair::take_due(instant now, random_source& rng) {
  step out;
  if (talk_ && !talk_->left.empty() && now >= talk_->next_step) {
    const auto count = std::min(options_.lists_per_step, talk_->left.size());
    const auto end = talk_->left.begin() + static_cast<std::ptrdiff_t>(count);
    out.key_lists = lists{talk_->with, {talk_->left.begin(), end}};
    talk_->left.erase(talk_->left.begin(), end);
    talk_->next_step = now + options_.step;
    talk_->over_at = now + options_.quiet;
  }
  if (talk_ && talk_->left.empty() && now >= talk_->over_at) end_talk(now);
  if (follow_up_ && !talk_ && now >= follow_up_->first) plan_followers(now, rng);
  if (!next_round_ || now >= *next_round_) {
    const bool is_first = !next_round_;
    next_round_ = now + jittered(options_.digest_interval, rng);
    if (!is_first && !neighbours_.empty()) plan(neighbours_[rng.below(neighbours_.size())], now, 1);
  }
  out.question = take_question(now);
  return out;
}

instant digest_repair::next_due() const noexcept {
  auto due = next_round_.value_or(instant{});
  if (talk_) due = std::min(due, talk_->left.empty() ? talk_->over_at : talk_->next_step);
  if (talk_) return due;
  if (follow_up_) due = std::min(due, follow_up_->first);
  for (const auto& [who, q] : questions_) due = std::min(due, std::max(q.at, next_question_));
  return due;
}

}  // namespace edgemesh::replication

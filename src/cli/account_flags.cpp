#include "cli/account_flags.hpp"

#include <algorithm>

#include "base/ascii.hpp"
#include "json/writer.hpp"

namespace edgemesh::cli {

namespace {

constexpr std::string_view none = "none";

bool is_whole(std::string_view text) { return !text.empty() && text.size() <= 18 && std::all_of(text.begin(), text.end(), ascii::is_digit); }

bool is_amount(std::string_view text) {
  const auto point = text.find('.');
  return is_whole(text.substr(0, point)) && (point == text.npos || is_whole(text.substr(point + 1)));
}

class body_writer {
 public:
  explicit body_writer(std::string& out) : w_(out) { w_.begin_object(); }

  void text(const char* name, const std::optional<std::string>& v) {
    if (!v) return;
    w_.key(name);
    if (*v == none) w_.null();
    else w_.string(*v);
  }
  void list(const char* name, const std::vector<std::string>& v) {
    if (v.empty()) return;
    w_.key(name);
    if (v.size() == 1 && v.front() == none) {
      w_.null();
      return;
    }
    w_.begin_array();
    for (const auto& item : v) w_.string(item);
    w_.end_array();
  }
  void whole(const char* name, const char* flag, const std::optional<std::string>& v) {
    if (!v) return;
    w_.key(name);
    if (*v == none) w_.null();
    else if (is_whole(*v)) w_.raw(trimmed(*v));
    else fail(std::string(flag) + ": expected a whole number or none");
  }
  void answer(const char* name, const char* flag, const std::optional<std::string>& v) {
    if (!v) return;
    if (*v != "yes" && *v != "no") return fail(std::string(flag) + ": expected yes or no");
    w_.member(name, *v == "yes");
  }
  void budget(const std::optional<std::string>& v) {
    if (!v) return;
    if (*v == none) {
      w_.key("budget").null();
      return;
    }
    const auto slash = v->find('/');
    const auto amount_and_unit = ascii::trim(std::string_view(*v).substr(0, slash));
    const auto period = slash == v->npos ? std::string_view{} : ascii::trim(std::string_view(*v).substr(slash + 1));
    const bool is_tokens = amount_and_unit.ends_with("tokens");
    const auto amount = is_tokens ? ascii::trim(amount_and_unit.substr(0, amount_and_unit.size() - 6)) : amount_and_unit;
    if (period.empty() || !(is_tokens ? is_whole(amount) : is_amount(amount)))
      return fail("--budget: expected AMOUNT/PERIOD such as 20/month, 0.5/day, 100000 tokens/week or 100/total, or none");
    w_.key("budget").begin_object().key("amount").raw(trimmed(amount)).member("unit", is_tokens ? "tokens" : "money").member("period", period).end_object();
  }
  void begin_limits(bool is_any) {
    if (is_any) w_.key("limits").begin_object();
  }
  void end_limits(bool is_any) {
    if (is_any) w_.end_object();
  }
  void fail(std::string why) {
    if (!failure_) failure_ = error{std::move(why)};
  }
  std::optional<error> end() {
    w_.end_object();
    return failure_;
  }

 private:
  /// JSON knows no leading zeros.
  static std::string trimmed(std::string_view digits) {
    while (digits.size() > 1 && digits[0] == '0' && digits[1] != '.') digits.remove_prefix(1);
    return std::string(digits);
  }
  json::writer w_;
  std::optional<error> failure_;
};

}  // namespace

result<std::string> account_body(const account_flags& f) {
  std::string out;
  body_writer w(out);
  w.text("name", f.name);
  w.text("role", f.role);
  w.text("owner", f.owner);
  w.text("group", f.group);
  w.text("parent", f.parent);
  w.list("tags", f.tags);
  w.list("models", f.models);
  w.list("backends", f.backends);
  w.list("sites", f.sites);
  w.text("data_class", f.data_class);
  const bool has_limits = f.requests_per_minute || f.tokens_per_minute || f.concurrency;
  w.begin_limits(has_limits);
  w.whole("requests_per_minute", "--requests-per-minute", f.requests_per_minute);
  w.whole("tokens_per_minute", "--tokens-per-minute", f.tokens_per_minute);
  w.whole("concurrency", "--concurrency", f.concurrency);
  w.end_limits(has_limits);
  w.budget(f.budget);
  w.whole("max_tokens", "--max-tokens", f.max_tokens);
  w.text("cache", f.cache);
  w.text("expires_at", f.expires);
  w.answer("disabled", "--disabled", f.disabled);
  w.answer("strict", "--strict", f.strict);
  if (auto failure = w.end()) return *failure;
  return out;
}

}  // namespace edgemesh::cli

#include "accounts/expiry.hpp"

#include <chrono>

#include "base/ascii.hpp"

namespace edgemesh::accounts {

namespace {

/// Takes text apart from the left; after the first fault nothing fits any more.
class text_walk {
 public:
  explicit text_walk(std::string_view text) : rest_(text) {}
  int digits(std::size_t count, int max) noexcept {
    int value = 0;
    if (rest_.size() < count) ok_ = false;
    for (std::size_t i = 0; ok_ && i < count; ++i) {
      if (!ascii::is_digit(rest_[i])) ok_ = false;
      else value = value * 10 + (rest_[i] - '0');
    }
    if (value > max) ok_ = false;
    if (ok_) rest_.remove_prefix(count);
    return value;
  }
  bool one_of(std::string_view wanted) noexcept {
    if (!ok_ || rest_.empty() || wanted.find(rest_.front()) == wanted.npos) return false;
    last_ = rest_.front();
    rest_.remove_prefix(1);
    return true;
  }
  void need(std::string_view wanted) noexcept { ok_ = one_of(wanted) && ok_; }
  void skip_digits() noexcept {
    while (!rest_.empty() && ascii::is_digit(rest_.front())) rest_.remove_prefix(1);
  }
  char last() const noexcept { return last_; }
  bool at_end() const noexcept { return ok_ && rest_.empty(); }

 private:
  std::string_view rest_;
  bool ok_ = true;
  char last_ = 0;
};

/// Seconds east of UTC.
int read_zone(text_walk& walk, bool may_miss) noexcept {
  if (may_miss && walk.at_end()) return 0;
  if (walk.one_of("Zz")) return 0;
  walk.need("+-");
  const int sign = walk.last() == '-' ? -1 : 1;
  const int hours = walk.digits(2, 23);
  walk.need(":");
  return sign * (hours * 3600 + walk.digits(2, 59) * 60);
}

}  // namespace

std::optional<std::int64_t> parse_expiry(std::string_view text, bool zone_may_miss) noexcept {
  if (text.size() > 40) return std::nullopt;
  using namespace std::chrono;
  text_walk walk(text);
  const int y = walk.digits(4, 9999);
  walk.need("-");
  const int m = walk.digits(2, 12);
  walk.need("-");
  const int d = walk.digits(2, 31);
  walk.need("Tt ");
  const int hour = walk.digits(2, 23);
  walk.need(":");
  const int minute = walk.digits(2, 59);
  walk.need(":");
  const int second = walk.digits(2, 60);  // a leap second is the next one
  if (walk.one_of(".")) {
    walk.digits(1, 9);
    walk.skip_digits();
  }
  const int zone = read_zone(walk, zone_may_miss);
  const year_month_day date{year(y), month(static_cast<unsigned>(m)), day(static_cast<unsigned>(d))};
  if (!walk.at_end() || !date.ok()) return std::nullopt;
  const auto days_in = duration_cast<std::chrono::seconds>(sys_days(date).time_since_epoch()).count();
  const auto at = days_in + hour * 3600 + minute * 60 + second - zone;
  return at >= 0 && at <= expiry_max ? std::optional<std::int64_t>(at) : std::nullopt;
}

std::string expiry_text(std::int64_t unix_seconds) {
  using namespace std::chrono;  // not wall_time, whose nanoseconds end in 2262
  const sys_seconds at{std::chrono::seconds(unix_seconds)};
  const auto day = floor<days>(at);
  const year_month_day date(day);
  const hh_mm_ss time(at - day);
  const auto two = [](auto n) {
    const auto text = std::to_string(n);
    return text.size() < 2 ? "0" + text : text;
  };
  const auto year_text = std::to_string(10'000 + static_cast<int>(date.year())).substr(1);
  return year_text + "-" + two(static_cast<unsigned>(date.month())) + "-" + two(static_cast<unsigned>(date.day())) + "T" +
         two(time.hours().count()) + ":" + two(time.minutes().count()) + ":" + two(time.seconds().count()) + "Z";
}

}  // namespace edgemesh::accounts

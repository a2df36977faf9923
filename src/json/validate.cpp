#include "json/validate.hpp"

#include <algorithm>
#include <cstdint>

#include "json/number.hpp"
#include "json/scan.hpp"

namespace edgemesh::json {
namespace {

constexpr int depth_limit = 1024;      // of the bit stack below, whatever the options say
constexpr std::size_t safe_digits = 300;  // a literal that short overflows only through an exponent

/// One pass over the text without recursion; the stack of open containers is one bit each.
class checker {
 public:
  checker(std::string_view text, const validate_options& options) noexcept
      : begin_(text.data()), p_(begin_), end_(begin_ + text.size()), options_(options),
        depth_max_(std::clamp(options.depth_max, 0, depth_limit)) {}

  std::optional<syntax_error> run() noexcept {
    while (value() && after_value()) {}
    return failure_;
  }

 private:
  bool fail(const char* reason) noexcept {
    failure_ = syntax_error{static_cast<std::size_t>(p_ - begin_), reason};
    return false;
  }
  bool fail_at(const char* where, const char* reason) noexcept {
    p_ = where;
    return fail(reason);
  }
  void space() noexcept { p_ = scan::skip(p_, end_, scan::space); }
  bool in_object() const noexcept { return (stack_[(depth_ - 1) / 64] >> ((depth_ - 1) % 64) & 1) != 0; }

  bool open(bool object) noexcept {
    if (depth_ == depth_max_) return fail("nesting is too deep");
    const std::uint64_t bit = std::uint64_t{1} << (depth_ % 64);
    std::uint64_t& word = stack_[depth_ / 64];
    word = object ? word | bit : word & ~bit;
    ++depth_;
    ++p_;
    return true;
  }

  /// Reads one value, or opens containers until one is read or closed empty.
  bool value() noexcept {
    for (;;) {
      space();
      if (p_ == end_) return fail("the text ends where a value is expected");
      switch (*p_) {
        case '{':
          if (!open(true)) return false;
          space();
          if (p_ != end_ && *p_ == '}') return close();
          if (!key()) return false;
          break;
        case '[':
          if (!open(false)) return false;
          space();
          if (p_ != end_ && *p_ == ']') return close();
          break;
        case '"': return string();
        case 't': return literal("true");
        case 'f': return literal("false");
        case 'n': return literal("null");
        default: return number();
      }
    }
  }

  bool close() noexcept {
    ++p_;
    --depth_;
    return true;
  }

  /// Behind a value: closes what ends here; true when another value has to follow.
  bool after_value() noexcept {
    for (;;) {
      space();
      if (depth_ == 0) {
        if (p_ != end_) fail("something follows the value");
        return false;
      }
      if (p_ == end_) return fail("the text ends inside an object or array");
      const bool object = in_object();
      if (*p_ == ',') {
        ++p_;
        if (!object) return true;
        space();
        return key();
      }
      if (*p_ != (object ? '}' : ']')) return fail(object ? "',' or '}' is expected" : "',' or ']' is expected");
      close();
    }
  }

  bool key() noexcept {
    if (p_ == end_) return fail("the text ends inside an object or array");
    if (*p_ != '"') return fail("a member name in quotes is expected");
    if (!string()) return false;
    space();
    if (p_ == end_ || *p_ != ':') return fail("':' is expected");
    ++p_;
    return true;
  }

  bool literal(std::string_view word) noexcept {
    if (static_cast<std::size_t>(end_ - p_) < word.size() || std::string_view(p_, word.size()) != word)
      return fail("a value is expected");
    p_ += word.size();
    return true;
  }

  bool string() noexcept {
    ++p_;
    for (;;) {
      p_ = scan::find<scan::special>(p_, end_);
      if (p_ == end_) return fail("the text ends inside a string");
      const auto c = static_cast<unsigned char>(*p_);
      if (c == '"') {
        ++p_;
        return true;
      }
      if (c == '\\') {
        if (!escape()) return false;
      } else if (c < 0x20) {
        return fail("a control character in a string must be escaped");
      } else if (!non_ascii()) {
        return false;
      }
    }
  }

  bool non_ascii() noexcept {
    do {
      const std::size_t length = scan::utf8_sequence(p_, end_);
      if (length == 0) return fail("invalid UTF-8");
      p_ += length;
    } while (p_ != end_ && static_cast<unsigned char>(*p_) >= 0x80);
    return true;
  }

  bool escape() noexcept {
    if (end_ - p_ < 2) return fail("the text ends inside a string");
    if (p_[1] == 'u') return unicode_escape();
    if (std::string_view("\"\\/bfnrt").find(p_[1]) == std::string_view::npos) return fail("unknown escape in a string");
    p_ += 2;
    return true;
  }

  bool unicode_escape() noexcept {
    if (end_ - p_ < 6) return fail("the text ends inside a string");
    const int unit = scan::hex4(p_ + 2);
    if (unit < 0) return fail("four hex digits are expected after \\u");
    if (unit < 0xD800 || unit > 0xDFFF) {
      p_ += 6;
      return true;
    }
    const int low = unit < 0xDC00 && end_ - p_ >= 12 && p_[6] == '\\' && p_[7] == 'u' ? scan::hex4(p_ + 8) : -1;
    if (low < 0xDC00 || low > 0xDFFF) return fail("a surrogate escape stands alone");
    p_ += 12;
    return true;
  }

  bool digits() noexcept {
    const char* from = p_;
    p_ = scan::skip(p_, end_, scan::digit);
    return p_ != from;
  }

  bool number() noexcept {
    const char* const start = p_;
    if (*p_ == '-') ++p_;
    if (p_ == end_ || !scan::is(*p_, scan::digit)) return fail_at(start, "a value is expected");
    if (*p_ == '0') ++p_;
    else digits();
    if (p_ != end_ && *p_ == '.') {
      ++p_;
      if (!digits()) return fail("a digit is expected");
    }
    bool has_exponent = false;
    if (p_ != end_ && (*p_ == 'e' || *p_ == 'E')) {
      has_exponent = true;
      ++p_;
      if (p_ != end_ && (*p_ == '+' || *p_ == '-')) ++p_;
      if (!digits()) return fail("a digit is expected");
    }
    const std::string_view text(start, static_cast<std::size_t>(p_ - start));
    if (text.size() > options_.number_chars_max) return fail_at(start, "a number is too long");
    if ((has_exponent || text.size() > safe_digits) && !parse_double(text)) return fail_at(start, "a number is too large");
    return true;
  }

  const char* const begin_;
  const char* p_;
  const char* const end_;
  const validate_options& options_;
  const int depth_max_;
  int depth_ = 0;
  std::uint64_t stack_[depth_limit / 64] = {};
  std::optional<syntax_error> failure_;
};

}  // namespace

std::optional<syntax_error> validate(std::string_view text, const validate_options& options) noexcept {
  if (text.substr(0, 3) == "\xEF\xBB\xBF") return syntax_error{0, "a byte order mark is not allowed"};
  return checker(text, options).run();
}

}  // namespace edgemesh::json

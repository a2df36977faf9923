// A view of one value inside validated JSON text: lazy, allocation-free, keeps the raw bytes in reach.
// Precondition of everything here: the text passed json::validate(). The text must outlive the view. Pure.
#pragma once
#include <array>
#include <cstddef>
#include <cstdint>
#include <iterator>
#include <optional>
#include <string>
#include <string_view>

namespace edgemesh::json {

enum class kind : std::uint8_t { none, object, array, string, number, boolean, null };

class member_range;
class element_range;

class value {
 public:
  value() = default;
  /// The value that starts at or after (white space) the beginning of `text`; `text` may go on behind it.
  static value first_in(std::string_view text) noexcept;
  /// The value that `text` is, from its first byte to its last: what first_in() finds, without looking for the end.
  static value exactly(std::string_view text) noexcept { return value(text); }

  kind type() const noexcept {
    if (raw_.empty()) return kind::none;
    switch (raw_.front()) {
      case '{': return kind::object;
      case '[': return kind::array;
      case '"': return kind::string;
      case 't':
      case 'f': return kind::boolean;
      case 'n': return kind::null;
      default: return kind::number;
    }
  }
  explicit operator bool() const noexcept { return !raw_.empty(); }  ///< false for kind::none: "there is no such member"
  bool is_null() const noexcept { return type() == kind::null; }
  bool absent_or_null() const noexcept { return raw_.empty() || is_null(); }

  std::string_view raw() const noexcept { return raw_; }  ///< exactly the value's bytes, quotes or braces included

  std::optional<bool> boolean() const noexcept;
  std::optional<std::int64_t> integer() const noexcept;  ///< numbers that are whole and fit, also "3.0" and "1e3"
  std::optional<double> number() const noexcept;
  std::optional<std::string> text() const;               ///< unescaped; nullopt unless a string
  std::string text_or(std::string_view fallback) const;
  bool equals(std::string_view unescaped) const noexcept;  ///< is a string with exactly this content
  bool empty_string() const noexcept { return raw_ == "\"\""; }
  std::size_t text_bytes() const noexcept;               ///< unescaped length of a string, 0 otherwise

  value operator[](std::string_view key) const noexcept;  ///< first member of this name; none when absent or not an object
  /// operator[] for several names in one pass: `const auto [id, model] = v.pick({"id", "model"});`
  template <std::size_t N>
  std::array<value, N> pick(const std::string_view (&names)[N]) const noexcept {
    std::array<value, N> found;
    pick(names, found.data(), N);
    return found;
  }
  member_range members() const noexcept;                  ///< empty unless an object
  element_range elements() const noexcept;                ///< empty unless an array
  std::size_t size() const noexcept;                      ///< members or elements; linear

 private:
  friend class member_range;
  friend class element_range;
  explicit value(std::string_view raw) noexcept : raw_(raw) {}
  void pick(const std::string_view* names, value* found, std::size_t count) const noexcept;
  std::string_view raw_;
};

struct member {
  value key;              ///< the string, raw
  value val;
  std::string_view span;  ///< from the key's quote to the value's last byte
};

class member_range {
 public:
  class iterator {
   public:
    using value_type = member;
    using difference_type = std::ptrdiff_t;
    const member& operator*() const noexcept { return now_; }
    const member* operator->() const noexcept { return &now_; }
    iterator& operator++() noexcept;
    void operator++(int) noexcept { ++*this; }
    bool operator==(std::default_sentinel_t) const noexcept { return !now_.val; }

   private:
    friend class member_range;
    const char* rest_ = nullptr;
    const char* end_ = nullptr;
    member now_;
  };
  iterator begin() const noexcept;
  std::default_sentinel_t end() const noexcept { return {}; }

 private:
  friend class value;
  std::string_view raw_;
};

class element_range {
 public:
  class iterator {
   public:
    using value_type = value;
    using difference_type = std::ptrdiff_t;
    const value& operator*() const noexcept { return now_; }
    const value* operator->() const noexcept { return &now_; }
    iterator& operator++() noexcept;
    void operator++(int) noexcept { ++*this; }
    bool operator==(std::default_sentinel_t) const noexcept { return !now_; }

   private:
    friend class element_range;
    const char* rest_ = nullptr;
    const char* end_ = nullptr;
    value now_;
  };
  iterator begin() const noexcept;
  std::default_sentinel_t end() const noexcept { return {}; }

 private:
  friend class value;
  std::string_view raw_;
};

}  // namespace edgemesh::json

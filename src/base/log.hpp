// Structured, leveled logging over spdlog. One line per event, text or JSON; written to standard error.
// Any thread. No text of a client or of an upstream, and no secret, may be passed in.
#pragma once
#include <cstdint>
#include <initializer_list>
#include <string>
#include <string_view>
#include <variant>

namespace edgemesh::log {

enum class level : std::uint8_t { debug, info, warn, error, off };
enum class format : std::uint8_t { text, json };

struct field {
  std::string_view key;
  std::variant<std::string_view, std::int64_t, double, bool> value;
  field(std::string_view k, std::string_view v) : key(k), value(v) {}
  field(std::string_view k, const char* v) : key(k), value(std::string_view(v)) {}
  field(std::string_view k, const std::string& v) : key(k), value(std::string_view(v)) {}
  field(std::string_view k, bool v) : key(k), value(v) {}
  field(std::string_view k, double v) : key(k), value(v) {}
  template <class I>
    requires(std::is_integral_v<I> && !std::is_same_v<I, bool>)
  field(std::string_view k, I v) : key(k), value(static_cast<std::int64_t>(v)) {}
};

/// Sets level and form; called once at start and again by a reload.
void configure(level minimum, format form);
bool enabled(level l) noexcept;
void write(level l, std::string_view event, std::initializer_list<field> fields = {});
/// Writes a line that is already JSON (the request log) as one record; `json_object` starts with '{'.
void write_json_line(std::string_view json_object);
void flush() noexcept;

inline void debug(std::string_view e, std::initializer_list<field> f = {}) { write(level::debug, e, f); }
inline void info(std::string_view e, std::initializer_list<field> f = {}) { write(level::info, e, f); }
inline void warn(std::string_view e, std::initializer_list<field> f = {}) { write(level::warn, e, f); }
inline void error(std::string_view e, std::initializer_list<field> f = {}) { write(level::error, e, f); }

}  // namespace edgemesh::log

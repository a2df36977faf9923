#include "base/log.hpp"

#include <spdlog/logger.h>
#include <spdlog/spdlog.h>

#include <array>
#include <atomic>
#include <charconv>
#include <cmath>
#include <cstdio>
#include <memory>

#include "base/batching_sink.hpp"
#include "base/timestamp.hpp"
#include "base/utf8.hpp"

namespace edgemesh::log {
namespace {

std::atomic<level> minimum_level{level::info};
std::atomic<format> line_format{format::text};

/// spdlog carries the bytes and owns the lock; the line itself is made here, where its form is tested.
spdlog::logger& sink() {
  static spdlog::logger* const logger = [] {
    auto made = std::make_shared<spdlog::logger>("edgemesh", std::make_shared<batching_sink>(stderr));
    made->set_level(spdlog::level::trace);
    spdlog::register_logger(made);  // for the flusher; it also keeps the logger until the process ends
    spdlog::flush_every(seconds(1));
    return made.get();
  }();
  return *logger;
}

std::string_view name_of(level l) noexcept {
  constexpr std::array<std::string_view, 5> names{"debug", "info", "warn", "error", "off"};
  return names[static_cast<std::size_t>(l)];
}

/// A line's time is taken here and nowhere passed in: a log is no decision that a test would replay.
void append_time(std::string& out) { append_timestamp(out, spdlog::log_clock::now()); }

void append_quoted(std::string& out, std::string_view text) {
  if (!utf8::valid(text)) return append_quoted(out, utf8::repaired(text));
  out += '"';
  for (char c : text) {
    if (c == '"' || c == '\\') {
      out += '\\';
      out += c;
    } else if (c == '\n') {
      out += "\\n";
    } else if (static_cast<unsigned char>(c) < 0x20 || c == 0x7f) {
      char escape[8];
      std::snprintf(escape, sizeof escape, "\\u%04x", static_cast<unsigned>(static_cast<unsigned char>(c)));
      out += escape;
    } else {
      out += c;
    }
  }
  out += '"';
}

bool is_plain(std::string_view text) noexcept {
  for (char c : text)
    if (c <= ' ' || c > '~' || c == '"' || c == '=' || c == '\\') return false;
  return !text.empty();
}

void append_value(std::string& out, const field& f, bool quote_always) {
  if (const auto* s = std::get_if<std::string_view>(&f.value)) {
    if (quote_always || !is_plain(*s)) return append_quoted(out, *s);
    out += *s;
  } else if (const auto* i = std::get_if<std::int64_t>(&f.value)) {
    out += std::to_string(*i);
  } else if (const auto* d = std::get_if<double>(&f.value)) {
    if (!std::isfinite(*d)) return void(out += "null");
    char text[40];
    out.append(text, std::to_chars(text, text + sizeof text, *d).ptr);
  } else {
    out += std::get<bool>(f.value) ? "true" : "false";
  }
}

std::string json_line(level l, std::string_view event, std::initializer_list<field> fields) {
  std::string out = "{\"ts\":\"";
  append_time(out);
  out.append("\",\"level\":\"").append(name_of(l)).append("\",\"event\":");
  append_quoted(out, event);
  for (const auto& f : fields) {
    out += ',';
    append_quoted(out, f.key);
    out += ':';
    append_value(out, f, true);
  }
  out += '}';
  return out;
}

std::string text_line(level l, std::string_view event, std::initializer_list<field> fields) {
  std::string out;
  append_time(out);
  out.append(" ").append(name_of(l)).append(" ");
  if (event.find_first_of("\r\n") == event.npos) out += event;
  else append_quoted(out, event);
  for (const auto& f : fields) {
    out.append(" ").append(f.key).append("=");
    append_value(out, f, false);
  }
  return out;
}

}  // namespace

void configure(level minimum, format form) {
  minimum_level.store(minimum, std::memory_order_relaxed);
  line_format.store(form, std::memory_order_relaxed);
}

bool enabled(level l) noexcept { return l != level::off && l >= minimum_level.load(std::memory_order_relaxed); }

void write(level l, std::string_view event, std::initializer_list<field> fields) {
  if (!enabled(l)) return;
  const bool json = line_format.load(std::memory_order_relaxed) == format::json;
  const std::string line = json ? json_line(l, event, fields) : text_line(l, event, fields);
  sink().log(spdlog::level::info, spdlog::string_view_t(line.data(), line.size()));
}

void write_json_line(std::string_view json_object) {
  if (!enabled(level::info)) return;
  std::string line;
  if (line_format.load(std::memory_order_relaxed) == format::text) {
    append_time(line);
    line += " info request ";
  }
  line += json_object;
  sink().log(spdlog::level::trace, spdlog::string_view_t(line.data(), line.size()));
}

void flush() noexcept { sink().flush(); }

}  // namespace edgemesh::log

#include "http/metrics_text.hpp"

#include <algorithm>
#include <charconv>
#include <cmath>

#include "base/utf8.hpp"

namespace edgemesh::http {
namespace {

void append_name(std::string& out, std::string_view name, std::string_view labels) {
  out += name;
  if (!labels.empty()) out.append("{").append(labels).append("}");
  out += ' ';
}

}  // namespace

void append_number(std::string& out, double value) {
  if (!std::isfinite(value)) return void(out += std::isnan(value) ? "NaN" : value > 0 ? "+Inf" : "-Inf");
  char text[40];
  out.append(text, std::to_chars(text, text + sizeof text, value).ptr);
}

void append_label(std::string& labels, std::string_view name, std::string_view value) {
  if (!utf8::valid(value)) return append_label(labels, name, utf8::repaired(value));
  if (!labels.empty()) labels += ',';
  labels.append(name).append("=\"");
  const auto must_escape = [](char c) { return c == '\n' || c == '\\' || c == '"'; };
  if (std::none_of(value.begin(), value.end(), must_escape)) {
    labels += value;
  } else {
    for (char c : value) {
      if (must_escape(c)) labels += '\\';
      labels += c == '\n' ? 'n' : c;
    }
  }
  labels += '"';
}

void append_family(std::string& out, std::string_view name, std::string_view type, std::string_view help) {
  out.append("# HELP ").append(name).append(" ").append(help).append("\n");
  out.append("# TYPE ").append(name).append(" ").append(type).append("\n");
}

void append_sample(std::string& out, std::string_view name, std::string_view labels, std::uint64_t value) {
  append_name(out, name, labels);
  out.append(std::to_string(value)).append("\n");
}

void append_sample(std::string& out, std::string_view name, std::string_view labels, double value) {
  append_name(out, name, labels);
  append_number(out, value);
  out += '\n';
}

}  // namespace edgemesh::http

// The Prometheus text format, version 0.0.4: lines, labels and their escapes. Pure.
#pragma once
#include <cstdint>
#include <string>
#include <string_view>

namespace edgemesh::http {

/// Appends `name="value"`, with a comma before it when `labels` is not empty. Backslash, quote and line feed are escaped,
/// invalid UTF-8 becomes U+FFFD.
void append_label(std::string& labels, std::string_view name, std::string_view value);
/// `# HELP` and `# TYPE`.
void append_family(std::string& out, std::string_view name, std::string_view type, std::string_view help);
/// `name{labels} value`; no braces when there are no labels.
void append_sample(std::string& out, std::string_view name, std::string_view labels, std::uint64_t value);
void append_sample(std::string& out, std::string_view name, std::string_view labels, double value);
/// The shortest text that reads back as the same number.
void append_number(std::string& out, double value);

}  // namespace edgemesh::http

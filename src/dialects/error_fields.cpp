#include "dialects/error_fields.hpp"

#include "base/ascii.hpp"
#include "base/utf8.hpp"
#include "json/validate.hpp"

namespace edgemesh::dialects {
namespace {

constexpr std::size_t shown_bytes_max = 512;
constexpr std::size_t word_bytes_max = 128;

std::optional<std::string> word(json::value v) {
  auto text = v.text();
  if (!text || text->empty() || text->size() > word_bytes_max) return std::nullopt;
  return shown_text(*text);
}

void read_code(json::value v, error_fields& f) {
  if (const auto number = v.integer(); number && *number >= -9999 && *number <= 99999) {
    f.code_number = static_cast<int>(*number);
    return;
  }
  f.code = word(v);
  if (!f.code || f.code->size() != 3) return;
  int number = 0;
  for (char c : *f.code) {
    if (!ascii::is_digit(c)) return;
    number = number * 10 + (c - '0');
  }
  f.code_number = number;
  f.code.reset();
}

void read_object(json::value object, error_fields& f) {
  if (const json::value m = object["message"]; m.type() == json::kind::string) f.message = *m.text();
  else if (m && !m.is_null()) f.message = m.raw();
  if (auto t = word(object["type"])) f.type = *t;
  if (auto p = word(object["param"])) f.param = p;
  read_code(object["code"], f);
}

/// FastAPI: a text, or a list of {loc, msg, type}; the last text of the first location names the parameter.
void read_detail(json::value detail, error_fields& f) {
  if (auto text = detail.text()) f.message = *text;
  for (json::value item : detail.elements()) {
    if (f.message.size() > shown_bytes_max) return;
    for (json::value step : item["loc"].elements())
      if (auto name = word(step); name && f.message.empty()) f.param = std::move(name);
    if (!f.message.empty()) f.message += "; ";
    f.message += item["msg"].text_or("");
  }
}

void read_document(json::value root, error_fields& f, bool may_unwrap) {
  const json::value error = root["error"];
  if (error.type() == json::kind::object) {
    // Some wrap twice: {"error":{"error":{...}}}.
    const json::value inner = error["error"];
    read_object(inner.type() == json::kind::object ? inner : error, f);
  } else if (error.type() == json::kind::string) {
    f.message = *error.text();
    if (auto t = word(root["error_type"])) f.type = *t;
    if (const std::string nested = f.message; may_unwrap && ascii::trim(nested).starts_with('{') && !json::validate(nested)) {
      f.message.clear();
      read_document(json::value::first_in(nested), f, false);
    }
  } else if (root["message"]) {
    read_object(root, f);
  } else if (root["detail"]) {
    read_detail(root["detail"], f);
  }
}

bool looks_like_html(std::string_view text) noexcept {
  text = ascii::trim(text);
  return text.starts_with('<');
}

}  // namespace

std::string shown_text(std::string_view text) {
  std::string cut = utf8::repaired(text.substr(0, shown_bytes_max + 4));
  std::erase_if(cut, [](char c) { return (static_cast<unsigned char>(c) < 0x20 && c != '\n' && c != '\t') || c == 0x7f; });
  for (char& c : cut)
    if (c == '\n' || c == '\t') c = ' ';
  std::string_view view = ascii::trim(cut);
  if (view.size() > shown_bytes_max) view = view.substr(0, utf8::complete_prefix(view.substr(0, shown_bytes_max)));
  return std::string(view);
}

bool is_error_document(json::value root) noexcept {
  const auto [error, object] = root.pick({"error", "object"});
  return is_error_document(error, object);
}

bool is_error_document(json::value error, json::value object) noexcept {
  if (error.type() == json::kind::object) return true;
  if (error.type() == json::kind::string && !error.empty_string()) return true;
  return object.equals("error");
}

error_fields read_error_fields(std::string_view body) {
  error_fields f;
  std::string_view text = ascii::trim(body);
  // A failing status with the error as an event, from servers that had begun to stream.
  if (text.starts_with("data:")) text = ascii::trim(text.substr(5, text.find_first_of("\r\n") - 5));
  f.is_empty = text.empty();
  f.is_html = looks_like_html(text);
  if (f.is_empty || f.is_html) return f;
  const std::string sound = utf8::valid(text) ? std::string() : utf8::repaired(text);
  const std::string_view checked = sound.empty() ? text : std::string_view(sound);
  if (json::validate(checked)) {
    f.message = checked;
    return f;
  }
  f.is_json = true;
  const json::value root = json::value::first_in(checked);
  if (root.type() == json::kind::string) f.message = *root.text();
  else read_document(root, f, true);
  return f;
}

}  // namespace edgemesh::dialects

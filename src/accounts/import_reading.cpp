#include "accounts/import_reading.hpp"

#include <algorithm>

#include "accounts/litellm_entry.hpp"
#include "accounts/value_reading.hpp"
#include "admission/key_token.hpp"
#include "admission/token_hash.hpp"
#include "base/ascii.hpp"
#include "json/validate.hpp"

namespace edgemesh::accounts {

namespace {

using json::value;
using step = std::optional<openai::api_error>;

openai::api_error fault(std::string message, std::string param) {
  return openai::bad_request(std::move(message), std::move(param), "invalid_value");
}

/// By `sha256` or by `secret`: exactly one of them.
step read_secret(value sha256, value secret, import_entry& into) {
  if (static_cast<bool>(sha256) == static_cast<bool>(secret)) return fault("An entry needs either sha256 or secret.", "sha256");
  if (sha256) {
    const auto hash = content_hash::from_hex(ascii::lower(sha256.text_or("")));
    if (!hash) return fault("This must be the SHA-256 of a key: 64 hex digits.", "sha256");
    into.hash = *hash;
    return std::nullopt;
  }
  const auto token = secret.text_or("");
  switch (admission::form_of(token)) {
    case admission::token_form::malformed: return fault("This must be a key: 1 to 512 visible ASCII characters.", "secret");
    case admission::token_form::mistyped: return fault("This key begins like one of EdgeMesh and is mistyped.", "secret");
    case admission::token_form::own: into.own_id = admission::id_of(token); break;
    case admission::token_form::foreign: break;
  }
  into.hash = *content_hash::from_bytes(admission::hash_token(token).view());
  return std::nullopt;
}

class import_walk {
 public:
  import_walk(const data_classes& classes, const import_bounds& bounds) : classes_(classes), bounds_(bounds) {}

  /// One JSON value: an object that is an entry or lists some, or, where `may_be_list`, an array of entries.
  step whole(value v, const std::string& where, bool may_be_list) {
    if (v.type() == json::kind::array && may_be_list) return list(v, where);
    if (v.type() != json::kind::object)
      return at_place(where.empty() ? "import" : where, openai::bad_request("This must be an object.", {}, "invalid_json"));
    if (const auto keys = v["keys"]; keys.type() == json::kind::array) return list(keys, where);
    return entry(v, where.empty() ? "entry 1" : where);
  }
  std::vector<import_entry> take() { return std::move(entries_); }

 private:
  step list(value array, const std::string& where) {
    std::size_t number = 0;
    for (const auto element : array.elements()) {
      const auto place = (where.empty() ? "" : where + ", ") + "entry " + std::to_string(++number);
      if (element.type() != json::kind::object)
        return at_place(
          place, openai::bad_request("This must be an object. LiteLLM lists whole keys with return_full_object=true.", {}, "invalid_json"));
      if (auto e = entry(element, place)) return e;
    }
    return std::nullopt;
  }

  step entry(value v, const std::string& where) {
    if (entries_.size() >= bounds_.entries_max)
      return openai::payload_too_large("An import has at most " + std::to_string(bounds_.entries_max) + " keys; split it.");
    import_entry out{where, {}, {}, {}, {}, {}};
    if (auto e = v["token"] ? read_litellm_entry(v, out) : own_entry(v, out)) return at_place(where, std::move(*e));
    entries_.push_back(std::move(out));
    return std::nullopt;
  }

  step own_entry(value v, import_entry& out) const {
    constexpr std::string_view others[] = {"sha256", "secret"};
    auto request = read_key_request(v, {}, classes_, others);
    if (!request) return request.error();
    out.request = std::move(*request);
    return read_secret(v["sha256"], v["secret"], out);
  }

  const data_classes& classes_;
  const import_bounds& bounds_;
  std::vector<import_entry> entries_;
};

step read_lines(std::string_view text, import_walk& walk) {
  for (std::size_t number = 1; !text.empty(); ++number) {
    const auto whole = text.substr(0, text.find('\n'));
    text.remove_prefix(std::min(text.size(), whole.size() + 1));
    const auto line = ascii::trim(whole);
    if (line.empty()) continue;
    const auto where = "line " + std::to_string(number);
    if (const auto bad = json::validate(line))
      return at_place(where, openai::bad_request(std::string("This is not valid JSON: ") + bad->reason, {}, "invalid_json"));
    if (auto e = walk.whole(value::first_in(line), where, false)) return e;
  }
  return std::nullopt;
}

}  // namespace

openai::api_error at_place(const std::string& where, openai::api_error e) {
  e.message = where + ": " + e.message;
  return e;
}

openai::api_result<std::vector<import_entry>> read_import(std::string_view text, const data_classes& classes, const import_bounds& bounds) {
  if (text.size() > bounds.bytes_max)
    return openai::payload_too_large("An import has at most " + std::to_string(bounds.bytes_max) + " bytes; split it.");
  if (ascii::trim(text).empty()) return openai::bad_request("The import is empty.", {}, "invalid_json");
  import_walk walk(classes, bounds);
  const bool is_one_value = !json::validate(text);
  const bool is_meant_as_array = ascii::trim(text).front() == '[';
  if (is_meant_as_array && !is_one_value) return openai::bad_request("The array is not valid JSON.", {}, "invalid_json");
  auto e = is_one_value ? walk.whole(value::first_in(text), "", true) : read_lines(text, walk);
  if (e) return std::move(*e);
  return walk.take();
}

}  // namespace edgemesh::accounts

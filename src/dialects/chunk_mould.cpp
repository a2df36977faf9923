#include "dialects/chunk_mould.hpp"

#include "json/validate.hpp"

namespace edgemesh::dialects {

void append_changed(std::string& out, std::string_view part, const chunk_identity::replacements& changed) {
  const char* from = part.data();
  const char* const end = from + part.size();
  for (std::size_t i = 0; i < changed.count; ++i) {
    const std::string_view old = changed.all[i].old.raw();
    if (old.data() < from || old.data() >= end) continue;
    out.append(from, static_cast<std::size_t>(old.data() - from));
    out += changed.all[i].raw;
    from = old.data() + old.size();
  }
  out.append(from, static_cast<std::size_t>(end - from));
}

void chunk_mould::learn(std::string_view data, json::value text, const chunk_identity::replacements& changed) {
  if (data.size() > bytes_max) return;
  const auto at = static_cast<std::size_t>(text.raw().data() - data.data());
  const std::string_view before = data.substr(0, at), after = data.substr(at + text.raw().size());
  seen_.assign(before).append(after);
  seen_before_ = before.size();
  passed_.clear();
  if (changed.count == 0) return;
  append_changed(passed_, before, changed);
  passed_before_ = passed_.size();
  append_changed(passed_, after, changed);
}

std::optional<json::value> chunk_mould::text_of(std::string_view data) const noexcept {
  constexpr std::string_view shortest = "\"x\"";
  const std::string_view seen = seen_;
  if (seen.empty() || data.size() < seen.size() + shortest.size()) return std::nullopt;
  if (!data.starts_with(seen.substr(0, seen_before_)) || !data.ends_with(seen.substr(seen_before_))) return std::nullopt;
  const std::string_view text = data.substr(seen_before_, data.size() - seen.size());
  if (text.front() != '"' || text.back() != '"' || json::validate(text)) return std::nullopt;
  return json::value::exactly(text);
}

void chunk_mould::append_event(std::string& out, json::value text) const {
  const std::string_view around = passed_.empty() ? seen_ : passed_;
  const std::size_t before = passed_.empty() ? seen_before_ : passed_before_;
  out += "data: ";
  out += around.substr(0, before);
  out += text.raw();
  out += around.substr(before);
  out += "\n\n";
}

}  // namespace edgemesh::dialects

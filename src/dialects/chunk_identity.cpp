#include "dialects/chunk_identity.hpp"

#include <algorithm>

#include "base/ascii.hpp"
#include "json/writer.hpp"

namespace edgemesh::dialects {

bool is_usable_id(json::value id) noexcept {
  if (id.type() != json::kind::string) return false;
  const std::string_view inner = id.raw().substr(1, id.raw().size() - 2);
  return !inner.empty() && inner.size() <= 128 && std::all_of(inner.begin(), inner.end(), [](char c) {
    return ascii::is_alnum(c) || c == '.' || c == '_' || c == '-' || c == ':';
  });
}

chunk_identity::chunk_identity(const openai::answer_identity& ours)
    : our_id_(json::quoted(ours.id)), our_created_(std::to_string(ours.created)), model_(json::quoted(ours.model)) {}

chunk_identity::replacements chunk_identity::settle(json::value root, json::value id, json::value created, json::value model,
                                                    json::splice& splice) {
  if (id_.empty()) {
    id_ = is_usable_id(id) ? id.raw() : our_id_;
    created_ = created.integer().value_or(0) > 0 ? created.raw() : our_created_;
  }
  replacements out;
  const auto check = [&](std::string_view name, json::value old, std::string_view wanted) {
    if (!old) splice.append(root, name, wanted);
    else if (old.raw() != wanted) out.add(old, wanted);
  };
  check("id", id, id_);
  check("created", created, created_);
  check("model", model, model_);
  return out;
}

std::string chunk_identity::members() const {
  return "\"id\":" + (id_.empty() ? our_id_ : id_) + ",\"created\":" + (id_.empty() ? our_created_ : created_) +
         ",\"model\":" + model_;
}

}  // namespace edgemesh::dialects

#include "routing/ollama_name.hpp"

#include "base/ascii.hpp"

namespace edgemesh::routing {

std::string canonical_ollama_name(std::string_view name) {
  const auto last_slash = name.rfind('/');
  const auto model_at = last_slash == name.npos ? 0 : last_slash + 1;
  const auto colon = name.find_last_of(':');
  const bool tagged = colon != name.npos && colon >= model_at && colon + 1 < name.size();
  const auto tag = tagged ? name.substr(colon + 1) : std::string_view("latest");
  const auto path = name.substr(0, colon != name.npos && colon >= model_at ? colon : name.size());

  std::string full;
  full.reserve(path.size() + tag.size() + 32);
  if (last_slash == name.npos) full += "registry.ollama.ai/library/";
  else if (name.find('/') == last_slash) full += "registry.ollama.ai/";
  for (char c : path) full += ascii::lower(c);
  full += ':';
  for (char c : tag) full += ascii::lower(c);
  return full;
}

}  // namespace edgemesh::routing

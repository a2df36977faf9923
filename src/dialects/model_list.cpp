#include "dialects/model_list.hpp"

#include <algorithm>
#include <unordered_map>
#include <unordered_set>

#include "base/ascii.hpp"

namespace edgemesh::dialects {
namespace {

std::optional<std::int64_t> context_length_of(json::value card) noexcept {
  for (const auto v : {card["max_model_len"], card["context_length"], card["context_window"], card["max_context_length"],
                       card["meta"]["n_ctx"]})
    if (const auto tokens = v.integer(); tokens && *tokens > 0) return tokens;
  return std::nullopt;
}

std::optional<bool> loaded_of(json::value card) noexcept {
  const auto state = card["status"]["value"];
  if (state.type() == json::kind::string) return state.equals("loaded");
  return card["loaded"].boolean();
}

capability_set capabilities_of(json::value card) {
  capability_set out;
  if (const auto inputs = card["architecture"]["input_modalities"]; inputs.type() == json::kind::array) {
    out.set(capability::vision, std::ranges::any_of(inputs.elements(), [](json::value v) { return v.equals("image"); }));
    out.set(capability::audio, std::ranges::any_of(inputs.elements(), [](json::value v) { return v.equals("audio"); }));
  }
  for (auto name : card["capabilities"].elements())  // another EdgeMesh node says them in our words
    if (const auto known = capability_from(name.text_or(""))) out.set(*known, true);
  return out;
}

std::string owner_of(json::value card) {
  const auto owner = card["owned_by"].text_or("");
  const bool printable = std::ranges::all_of(owner, [](char c) { return c >= ' ' && c <= '~'; });
  return printable && owner.size() <= 64 ? owner : "";
}

// "/models/Qwen-00001-of-00003.gguf" is "Qwen" to clients: a path says too much about the machine, and is no name.
std::string public_name(std::string_view id) {
  constexpr std::string_view ending = ".gguf";
  const bool is_file = id.size() > ending.size() && ascii::iequals(id.substr(id.size() - ending.size()), ending);
  const bool is_path = id.starts_with('/') || (id.size() > 2 && id[1] == ':' && id[2] == '\\');
  if (!is_file && !is_path) return std::string(id);
  auto name = id.substr(id.find_last_of("/\\") + 1);
  if (is_file) name.remove_suffix(ending.size());
  constexpr std::size_t part_size = std::string_view("-00001-of-00003").size();
  if (name.size() > part_size && name.substr(name.size() - part_size).substr(6, 4) == "-of-") name.remove_suffix(part_size);
  return std::string(name.empty() ? id : name);
}

class list_reader {
 public:
  explicit list_reader(model_list_style style) : style_(style) {}

  void card(json::value card) {
    model_offer offer;
    offer.upstream = card["id"].text_or("");
    if (!is_acceptable_model_id(offer.upstream)) return;
    offer.owned_by = owner_of(card);
    offer.created = std::max<std::int64_t>(0, card["created"].integer().value_or(0));
    offer.context_length = context_length_of(card);
    offer.loaded = loaded_of(card);
    offer.capabilities = capabilities_of(card);
    const auto parent = card["parent"].text_or("");
    const bool llamacpp = style_ == model_list_style::llamacpp;
    const auto short_name = llamacpp ? public_name(offer.upstream) : offer.upstream;
    add(offer, names_.contains(short_name) ? offer.upstream : short_name, parent);
    if (!llamacpp) return;
    for (auto alias : card["aliases"].elements()) add(offer, alias.text_or(""), parent);
  }

  std::vector<model_offer> finish() {
    std::unordered_map<std::string_view, std::int64_t> lengths;
    for (const auto& offer : offers_)
      if (offer.context_length) lengths.emplace(offer.upstream, *offer.context_length);
    for (std::size_t i = 0; i < offers_.size(); ++i) {
      if (offers_[i].context_length) continue;
      if (const auto base = lengths.find(parents_[i]); base != lengths.end()) offers_[i].context_length = base->second;
    }
    return std::move(offers_);
  }

 private:
  void add(model_offer offer, const std::string& name, const std::string& parent) {
    if (offers_.size() == listed_models_max || !is_acceptable_model_id(name) || !names_.insert(name).second) return;
    offer.name = name;
    offers_.push_back(std::move(offer));
    parents_.push_back(parent);
  }

  model_list_style style_;
  std::vector<model_offer> offers_;
  std::vector<std::string> parents_;  // by position of offers_
  std::unordered_set<std::string> names_;
};

}  // namespace

bool is_acceptable_model_id(std::string_view id) noexcept {
  if (id.empty() || id.size() > model_id_bytes_max) return false;
  for (std::size_t i = 0; i < id.size(); ++i) {
    const auto c = static_cast<unsigned char>(id[i]);
    if (c < 0x20 || c == 0x7F) return false;
    if (c == 0xC2 && i + 1 < id.size() && static_cast<unsigned char>(id[i + 1]) < 0xA0) return false;
  }
  return true;
}

std::string clean_version(std::string_view text) {
  std::string out;
  for (char c : text) {
    if (out.size() == 64) break;
    if (ascii::is_alnum(c) || c == '.' || c == '-' || c == '_' || c == '+') out += c;
  }
  return out;
}

std::optional<std::vector<model_offer>> read_model_list(json::value root, model_list_style style) {
  const auto cards = root["data"];
  if (cards.type() != json::kind::array) return std::nullopt;
  list_reader reader(style);
  std::size_t count = 0;
  for (auto card : cards.elements()) {
    if (++count > listed_models_max) break;
    reader.card(card);
  }
  return reader.finish();
}

}  // namespace edgemesh::dialects

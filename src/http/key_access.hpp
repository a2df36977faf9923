// What a key opens: the models by name, and of the ways to them those that its lists and those of its groups let through. Pure; any thread.
#pragma once
#include <memory>
#include <string>
#include <string_view>

#include "admission/key_ring.hpp"
#include "routing/access.hpp"
#include "routing/route_table.hpp"

namespace edgemesh::http {

class key_access final : public routing::access {
 public:
  explicit key_access(std::shared_ptr<const admission::key_entry> key) noexcept : key_(std::move(key)) {}
  /// A list names a backend as `backend` or `node/backend`.
  bool may_use(std::string_view node, std::string_view backend, std::string_view site) const override;
  bool may_see(std::string_view model) const override { return key_->may_use_model(model); }
  const admission::key_entry& key() const noexcept { return *key_; }
  const std::shared_ptr<const admission::key_entry>& share() const noexcept { return key_; }

 private:
  std::shared_ptr<const admission::key_entry> key_;
};

/// By which name the key may ask for what the client wrote: the name itself, of `backend::model` the model, of a short Ollama name the one
/// that is listed; of no name the only model there is. Empty: by none. Names that nobody offers are allowed: routing says that they are
/// unknown.
std::string allowed_name(const routing::route_table& table, const admission::key_entry& key, std::string_view asked);

}  // namespace edgemesh::http

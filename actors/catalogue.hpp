// What a backend offers to clients: the models that it lists, through the allow list and the renames. Pure; owned by the
// backend's actor. At most `models_max` are kept.
#pragma once
#include <set>
#include <string>
#include <vector>

#include "domain/backend_kind.hpp"
#include "domain/model_offer.hpp"
#include "settings/backend_settings.hpp"

namespace edgemesh::actors {

class catalogue {
 public:
  static constexpr std::size_t models_max = 4096;
  static constexpr std::size_t missing_max = 256;

  /// The backend's own list, just read. True when what is offered changed.
  bool listed(std::vector<model_offer> models, const settings::backend_settings& settings, backend_kind kind);
  /// New settings for the list that is known. Without a list the allow list and the renames are all that is known.
  bool configured(const settings::backend_settings& settings, backend_kind kind);
  /// The backend said that it does not have this model (public name): not offered until it lists it again.
  bool missed(const std::string& public_name);

  const std::vector<model_offer>& offers() const noexcept { return offers_; }

 private:
  bool rebuild(const settings::backend_settings& settings, backend_kind kind);
  std::vector<model_offer> listed_;
  std::vector<model_offer> offers_;
  std::set<std::string> missing_;
  bool is_known_ = false;
};

}  // namespace edgemesh::actors

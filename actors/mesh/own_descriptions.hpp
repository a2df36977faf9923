// What this node says about itself and its backends: a record of its own is signed when what it says has changed, and at no other time,
// so that versions mean something. Changes of load alone wait until they are worth a record. Pure; one owner.
#pragma once
#include <map>
#include <optional>
#include <string>

#include "base/clock.hpp"
#include "proto/records.hpp"

namespace edgemesh::actors {

class own_descriptions {
 public:
  static constexpr milliseconds load_pause{1000};     ///< between two records of one backend that differ in load alone
  static constexpr milliseconds load_refresh{5000};   ///< after which any difference in load is told

  own_descriptions(const proto::signing& keys, const mesh_id& mesh, std::uint64_t incarnation)
      : keys_(keys), mesh_(mesh), version_{incarnation, 0} {}

  /// The record to publish, or none when nothing has changed.
  std::optional<proto::sealed_record> describe(const proto::node_body& body, std::int64_t wall_ms);
  /// None as well while a change of load waits: ask due().
  std::optional<proto::sealed_record> describe(const proto::backend_body& body, instant now, std::int64_t wall_ms);
  /// A backend of which others have a record and this node has none, or no longer: they are told that it is gone.
  std::optional<proto::sealed_record> withdraw(const std::string& backend, std::int64_t wall_ms);
  /// Somebody shows a record of ours with this version: sign again above it.
  std::optional<proto::sealed_record> outrank(proto::record_kind kind, const std::string& subject, const proto::record_version& seen,
                                              std::int64_t wall_ms);
  /// When the next waiting load may be told; the latest instant when none waits.
  instant due() const noexcept;
  /// The records that are due.
  std::vector<proto::sealed_record> take_due(instant now, std::int64_t wall_ms);

 private:
  struct said {
    proto::backend_body body;
    instant at{};
    std::optional<proto::backend_load> waiting;
    instant due{};
  };
  proto::record_author author(std::int64_t wall_ms);
  proto::sealed_record sign(said& s, instant now, std::int64_t wall_ms);

  const proto::signing& keys_;
  mesh_id mesh_;
  proto::record_version version_;
  std::optional<proto::node_body> node_;
  std::map<std::string, said> backends_;  // bounded by configuration and discovery
};

}  // namespace edgemesh::actors

// Nodes that do not know each other although both are members: the news of one's admission has not come through yet (its inviter died), or a key has
// changed while they were apart. TLS lets no stranger in, so the records that show who one is go over the way that is open to
// strangers (POST /mesh/v1/introduce), both ways. Nothing in them is believed but signatures, and nothing is kept that does not rest on the
// founding record. Pure but for the signatures; one thread.
//
// Limits: records of an introduction, questions per minute from one source and in all.
#pragma once
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.hpp"
#include "base/result.hpp"
#include "domain/mesh_ids.hpp"
#include "domain/network_address.hpp"
#include "replication/roster.hpp"
#include "replication/token_bucket.hpp"

namespace edgemesh::actors {

struct introduction {
  node_key key;                      ///< who introduces itself
  std::vector<std::string> records;  ///< raw; a node record of its own may be among them
};
/// One JSON object.
std::string write_introduction(const introduction& i);
result<introduction> read_introduction(std::string_view body);

/// The records of an introduction that show by themselves that its key is a member (or about to follow one), each genuine. Costs a
/// signature check each, in order, and ends at the first that is none.
result<std::vector<proto::sealed_record>> believed(const introduction& i, const replication::roster::root& root, const proto::signing& keys,
                                                   std::int64_t now_s);

class introduction_limit {
 public:
  static constexpr double per_minute = 120, per_minute_of_source = 12;
  static constexpr std::size_t sources_max = 256;
  bool may_ask(const std::string& source, instant now);

 private:
  replication::token_bucket all_{per_minute / 60, per_minute};
  std::map<std::string, replication::token_bucket> sources_;
};

}  // namespace edgemesh::actors

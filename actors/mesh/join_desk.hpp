// Where invitations are kept by the node that printed them: in memory, so they end with this life; each serves once, for at most 15
// minutes. Judges what a joiner shows: the proof is keyed with the token's secret over the joiner's own key, so whoever sees it pass
// gains nothing. One thread. Bounded: `tokens_max`, `questions_per_minute`, `wrong_proofs_max` per token.
#pragma once
#include <cstdint>
#include <deque>
#include <map>
#include <optional>
#include <string>
#include <string_view>

#include "base/clock.hpp"
#include "base/result.hpp"
#include "domain/join_token.hpp"
#include "domain/mesh_ids.hpp"

namespace edgemesh::actors {

struct invitation {
  node_role role = node_role::edge;
  std::string site, clearance, name;  ///< name "": the joiner's own; site "": the joiner's own
};

/// What a joiner shows. The text form is one JSON object.
struct join_request {
  join_token_id id;
  node_key key;
  std::string name, site, mesh_address;
  content_hash proof;
};
std::string write_join_request(const join_request& r);
result<join_request> read_join_request(std::string_view body);
content_hash join_proof(const secret& key, const mesh_id& mesh, const node_key& inviter, const node_key& joiner);

class join_desk {
 public:
  static constexpr std::size_t tokens_max = 64;
  static constexpr std::size_t questions_per_minute = 60;
  static constexpr int wrong_proofs_max = 5;

  join_desk(const mesh_id& mesh, const node_key& self) : mesh_(mesh), self_(self) {}

  /// False: there are too many open ones.
  bool keep(const join_token& token, invitation what, std::int64_t now_s);
  /// What the joiner is admitted as; its token is taken until redeemed() or put_back(). Errors are for the joiner; only one
  /// says anything about the token.
  result<invitation> take(const join_request& r, std::int64_t now_s, instant now);
  void redeemed(const join_token_id& id) { open_.erase(id); }
  void put_back(const join_token_id& id);

 private:
  struct open_token { secret key; invitation what; std::int64_t expires_at = 0; int wrong = 0; bool is_taken = false; };
  bool is_too_often(instant now);
  mesh_id mesh_;
  node_key self_;
  std::map<join_token_id, open_token> open_;
  std::deque<instant> asked_;  // in the last minute
};

}  // namespace edgemesh::actors

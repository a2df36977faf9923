// How many connections a node that cannot be dialled should have open to each node that may use them, and when to open the next.
// A few are always spare; with each one in use another one is opened, so that a burst is met by doubling. Who refuses, or closes what
// it never used, is asked again after a growing pause. Pure: whoever owns it dials, and tells what became of each. One owner.
#pragma once
#include <cstdint>
#include <map>
#include <set>
#include <vector>

#include "base/clock.hpp"
#include "base/random_source.hpp"
#include "domain/mesh_ids.hpp"
#include "resilience/backoff.hpp"

namespace edgemesh::net {

struct lending_options {
  int spares_min = 2;    ///< open and not in use, for each borrower
  int spares_max = 32;
  int lent_max = 256;    ///< open to one borrower, in use or not
  int dials_max = 8;     ///< at once to one borrower
  milliseconds proven{5000};  ///< one that lived this long was not refused
  resilience::backoff_options pauses{milliseconds(500), milliseconds(60000)};
};

class lending {
 public:
  struct order { node_key to; std::uint64_t loan; };

  explicit lending(std::uint64_t seed, lending_options options = {}) : options_(options), rng_(seed) {}

  /// Whom to lend to from now on. What is lent to others stays until it is closed.
  void lend_to(const std::set<node_key>& borrowers);
  /// This node shows another key from now on. What is open or being dialled serves on until it is closed, and counts for no spare: others
  /// are opened beside it.
  void renew();
  /// Connections to dial now. Each ends in failed(), or opened() and later closed().
  std::vector<order> due(instant now);
  /// When due() may have more though nothing is told; instant::max() when never.
  instant next(instant now) const;

  void opened(std::uint64_t loan, instant now);
  void failed(std::uint64_t loan, instant now);
  void taken(std::uint64_t loan);  ///< a request came on it
  void idle(std::uint64_t loan);   ///< it was answered
  void closed(std::uint64_t loan, instant now);

  /// Borrowers that have at least one open.
  std::vector<node_key> lent_to() const;
  int open_to(const node_key& borrower) const;

 private:
  enum class phase : unsigned char { dialling, spare, busy };
  struct loan { node_key to; phase is = phase::dialling; instant since{}; bool was_used = false, is_former = false; };
  struct borrower {
    bool is_wanted = false;
    int dialling = 0, spare = 0, busy = 0;
    int former_dialling = 0, former = 0;  // of the key before, and open
    int all() const noexcept { return dialling + spare + busy + former_dialling + former; }
    instant not_before{};
    resilience::backoff pauses;
  };
  int lacking(const borrower& b) const;
  void enter(loan& l, phase p);
  int& count_of(borrower& b, const loan& l, phase p);
  using loan_at = std::map<std::uint64_t, loan>::iterator;
  void forget(loan_at at);

  lending_options options_;
  random_source rng_;
  std::map<node_key, borrower> borrowers_;   // bounded: members of the mesh
  std::map<std::uint64_t, loan> loans_;      // bounded: lent_max for each
  std::uint64_t last_ = 0;
};

}  // namespace edgemesh::net

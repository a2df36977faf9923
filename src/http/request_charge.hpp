// What one request of a key holds while it runs and owes when it ends: its places and reservations, the usage and price of each attempt, and
// the one record that they end in. Owned by the exchange; one shard's thread. No I/O.
#pragma once
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "admission/gate.hpp"
#include "domain/model_prices.hpp"
#include "domain/usage.hpp"
#include "openai/client_request.hpp"
#include "routing/decide.hpp"

namespace edgemesh::http {

/// What a request that does not limit its answer is expected to use of it, where the model's context is not known to be shorter.
inline constexpr std::int64_t completion_estimate = 4096;

/// What admission is asked about a request that may be served by any of `candidates`: the worst that it can use, and what that costs at the
/// dearest of them.
admission::gate_question question_for(const openai::client_request& request, std::string_view model,
                                      std::span<const routing::candidate> candidates, instant now, wall_time wall);

class request_charge {
 public:
  /// `model`: as it is accounted for.
  request_charge(std::shared_ptr<const admission::key_entry> key, admission::ticket ticket, std::string model)
      : key_(std::move(key)), ticket_(std::move(ticket)), model_(std::move(model)) {}

  struct place {
    std::string backend, node, site;  ///< full name; who holds the connection
  };
  /// `has_answered`: the client got its answer, or the beginning of one, from this attempt.
  void attempt_ended(place at, attempt_cause cause, const token_usage& usage, const model_prices* price, bool has_answered);
  /// Once: gives everything back, charges what was used, and makes the record.
  usage_record settle(std::string charge_id, std::string data_class, int status, instant now, wall_time wall);
  bool is_settled() const noexcept { return is_settled_; }
  const admission::rate_report& rates() const noexcept { return ticket_.rates(); }

 private:
  std::shared_ptr<const admission::key_entry> key_;
  admission::ticket ticket_;
  std::string model_;
  std::vector<usage_attempt> attempts_;
  place charged_at_;
  bool is_settled_ = false;
};

}  // namespace edgemesh::http

// Whether a failed attempt is followed by another one (DESIGN 6, retry rules). One per request; pure.
#pragma once
#include "base/clock.hpp"
#include "domain/attempt.hpp"

namespace edgemesh::resilience {

struct attempt_options {
  int attempts_max = 3;
  int connection_losses_max = 2;  ///< lost connections that are made good without the retry budget
};

enum class next_step : unsigned char { retry, retry_on_budget, give_up };

class attempt_policy {
 public:
  explicit attempt_policy(attempt_options options, bool has_effects) noexcept : options_(options), has_effects_(has_effects) {}
  /// `sent`: request bytes may have reached the backend. A request with effects is then never repeated.
  /// retry_on_budget: only if the retry budget grants it.
  next_step after(attempt_cause cause, bool sent, instant now, instant deadline) noexcept;
  int attempts() const noexcept { return attempts_; }

 private:
  attempt_options options_;
  bool has_effects_;
  int attempts_ = 0, losses_ = 0;
};

}  // namespace edgemesh::resilience

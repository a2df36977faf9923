#include "resilience/attempt_policy.hpp"

namespace edgemesh::resilience {

next_step attempt_policy::after(attempt_cause cause, bool sent, instant now, instant deadline) noexcept {
  ++attempts_;
  if (is_connection_loss(cause)) ++losses_;
  if (!may_move_on(cause) || attempts_ >= options_.attempts_max || now >= deadline) return next_step::give_up;
  if (sent && has_effects_) return next_step::give_up;
  if (is_connection_loss(cause))
    return losses_ <= options_.connection_losses_max ? next_step::retry : next_step::give_up;
  return draws_on_retry_budget(cause) ? next_step::retry_on_budget : next_step::retry;
}

}  // namespace edgemesh::resilience

// Lets a request of a key through, or says which limit stands in its way. Concurrency, requests and tokens per minute and budgets of the key,
// its group and that group's parent all hold, those for the model beside those for everything; what was taken from the first ones is given
// back when a later one refuses. No lock, no wait; any thread.
#pragma once
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "admission/key_ring.hpp"
#include "openai/api_error.hpp"

namespace edgemesh::admission {

struct gate_question {
  std::string_view model;              ///< public name, after virtual models
  std::int64_t expected_tokens = 0;    ///< prompt and answer, for tokens per minute; corrected afterwards
  std::int64_t worst_tokens = 0;       ///< the most that it can use, for budgets in tokens
  std::int64_t worst_cost = 0;         ///< the most that it can cost, in millionths; 0: no candidate has a price
  instant now{};
  wall_time wall{};
};

/// The tightest of the limits that held, for the x-ratelimit-* headers; absent where there is none.
struct rate_state {
  std::int64_t limit = 0, remaining = 0;
  nanoseconds reset_after{0};
};
struct rate_report {
  std::optional<rate_state> requests, tokens;
};

/// What a request holds while it runs. Movable; gives back places and reservations when it ends, whatever happens. One owner.
class ticket {
 public:
  ticket() = default;
  ticket(ticket&&) noexcept = default;
  ticket& operator=(ticket&& o) noexcept;
  ~ticket() { release(); }

  /// Once, with what it really used and cost: corrects rates and charges budgets. Without it nothing is charged.
  void settle(std::int64_t tokens, std::int64_t cost, instant now) noexcept;
  const rate_report& rates() const noexcept { return rates_; }

 private:
  friend class gate_walk;
  struct place {
    std::shared_ptr<use_cell> cell;
    std::int64_t tokens_taken = 0, tokens_per_minute = 0;
    std::int64_t requests_per_minute = 0;  ///< of the request that was taken; 0: none was
    bool holds_concurrency = false;
  };
  struct charge {
    spending::reservation reservation;
    budget_unit unit{};
  };
  void release() noexcept;
  std::vector<place> places_;
  std::vector<charge> charges_;
  rate_report rates_;
};

/// Errors: 403 model_not_allowed; 429 rate_limit_exceeded, tokens_limit_exceeded, request_too_large (waiting does not help),
/// concurrency_exceeded; 429 budget_exceeded (type insufficient_quota, as OpenAI's), which tells when the window ends as far as
/// Retry-After reaches. Each names whose limit it is.
openai::api_result<ticket> admit(const key_entry& key, const gate_question& q);

}  // namespace edgemesh::admission

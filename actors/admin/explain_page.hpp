// POST /admin/v1/explain: the routing decision for a request, by the code that decides, without running it. Pure but for
// the time and chance that are passed in.
#pragma once
#include <string>
#include <string_view>

#include "base/random_source.hpp"
#include "http/ports.hpp"
#include "routing/access.hpp"

namespace edgemesh::actors {

struct explain_question {
  std::string body;               ///< a chat, completions or embeddings request
  std::string_view data_class;    ///< x-edgemesh-data-class
  int minute_of_day = 0;          ///< local time
  instant now{};
  const routing::access* asker = nullptr;  ///< what it may not use is not shown; null: everything is
};

http::admin_answer explain_page(const routing::route_table& table, explain_question question, random_source& rng);

}  // namespace edgemesh::actors

#include "http/bearer.hpp"

#include <algorithm>

#include "base/ascii.hpp"

namespace edgemesh::http {

openai::api_result<std::string_view> bearer_of(const request_head& head) {
  constexpr std::string_view scheme = "bearer ";
  const auto is_ours = [](const request_head::field& f) { return ascii::iequals(f.name, "authorization"); };
  if (std::count_if(head.fields.begin(), head.fields.end(), is_ours) > 1)
    return openai::bad_request("Authorization is given twice.", {}, "bad_request");
  const auto given = head["authorization"];
  if (given.empty()) return given;
  const auto token = given.size() > scheme.size() && ascii::iequals(given.substr(0, scheme.size()), scheme)
                         ? ascii::trim(given.substr(scheme.size()))
                         : std::string_view{};
  if (!token.empty()) return token;
  return openai::api_error{.status = 401, .message = "The Authorization header must be: Bearer YOUR_KEY", .type = "authentication_error",
                           .code = "invalid_api_key"};
}

}  // namespace edgemesh::http

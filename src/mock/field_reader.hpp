// Reads typed members of a JSON object; null counts as absent. The first member of a wrong type is remembered
// as a complaint, the reading goes on with "absent". One request's parser owns it; the object outlives it.
#pragma once
#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <optional>
#include <string>
#include <string_view>

#include "mock/complaint.hpp"

namespace edgemesh::mock {

class field_reader {
 public:
  explicit field_reader(const boost::json::object& object) : object_(object) {}

  const boost::json::value* any(std::string_view name) const noexcept;
  std::optional<std::string> text(std::string_view name);
  std::optional<bool> flag(std::string_view name);
  std::optional<double> number(std::string_view name);
  std::optional<int> whole(std::string_view name);  ///< 1.0 counts as 1; out of int's range is a complaint
  const boost::json::array* list(std::string_view name);
  const boost::json::object* object(std::string_view name);

  void complain(std::string_view name, std::string_view expected);
  const std::optional<complaint>& first_complaint() const noexcept { return first_; }

 private:
  const boost::json::object& object_;
  std::optional<complaint> first_;
};

/// Words between white space.
int count_words(std::string_view text) noexcept;

}  // namespace edgemesh::mock

// result<T>: a value or an error for a human (configuration, files, sockets). Values, not exceptions,
// travel below the actors. Errors that a client sees are openai::api_error instead.
#pragma once
#include <boost/system/result.hpp>
#include <stdexcept>
#include <string>

namespace edgemesh {

/// The text stands in a base so that a string is not by itself an error (parenthesised aggregates): result<std::string> works.
struct error_text {
  std::string message;  ///< one line, says what to do where that is known; never holds a secret
};
struct error : error_text {};  ///< made as error{"text"}

/// Called by Boost when value() is used on an error: a broken invariant of ours.
[[noreturn]] inline void throw_exception_from_error(const error& e, const boost::source_location&) {
  throw std::logic_error("unchecked result: " + e.message);
}

template <class T>
using result = boost::system::result<T, error>;

}  // namespace edgemesh

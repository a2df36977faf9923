#include "base/timestamp.hpp"

#include <cstdio>

namespace edgemesh {

void append_timestamp(std::string& out, wall_time t) {
  using namespace std::chrono;
  const auto at = floor<milliseconds>(t);
  const auto day = floor<days>(at);
  const year_month_day date{day};
  const auto ms = static_cast<int>((at - day).count());
  char text[64];
  std::snprintf(text, sizeof text, "%04d-%02u-%02uT%02d:%02d:%02d.%03dZ", static_cast<int>(date.year()),
                static_cast<unsigned>(date.month()), static_cast<unsigned>(date.day()), ms / 3'600'000, ms / 60'000 % 60,
                ms / 1000 % 60, ms % 1000);
  out += text;
}

}  // namespace edgemesh

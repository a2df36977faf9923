#include "mock/mock_state.hpp"

#include <cmath>
#include <cstdio>
#include <ctime>
#include <utility>

namespace edgemesh::mock {
namespace {

constexpr int usual_llama_slots = 256;

bool is_llama(backend_kind kind) noexcept {
  return kind == backend_kind::llamacpp || kind == backend_kind::cognis;
}

mock_options filled_in(mock_options o) {
  if (o.models.empty()) o.models.emplace_back("mock-model");
  if (o.kind == backend_kind::cognis)
    for (auto& model : o.models)
      if (model.find('/') == std::string::npos) model = "/models/" + model + ".gguf";
  if (o.slots == 0 && is_llama(o.kind)) o.slots = usual_llama_slots;
  if (o.keep_alive.count() <= 0) o.keep_alive = seconds(300);
  return o;
}

}  // namespace

mock_state::mock_state(mock_options o)
    : options(filled_in(std::move(o))), rng(options.seed), slots(options.slots) {
  faults.replace(options.faults, steady_clock::now());
}

std::string mock_state::id(std::string_view prefix, int length) {
  std::string out(prefix);
  std::uint64_t bits = 0;
  for (int i = 0; i < length; ++i, bits >>= 4) {
    if (i % 16 == 0) bits = rng.next();
    out += "0123456789abcdef"[bits & 15];
  }
  return out;
}

std::string rfc3339(double wall_ms) {
  const auto whole = static_cast<std::time_t>(std::floor(wall_ms / 1000));
  const auto nanos = static_cast<long>((wall_ms - static_cast<double>(whole) * 1000) * 1e6);
  std::tm parts{};
  gmtime_r(&whole, &parts);
  char room[64];
  const auto n = std::strftime(room, sizeof room, "%Y-%m-%dT%H:%M:%S", &parts);
  std::snprintf(room + n, sizeof room - n, ".%09ldZ", nanos < 0 ? 0 : nanos);
  return room;
}

}  // namespace edgemesh::mock

#include "actors/node.hpp"

#include <cstdio>

#include "actors/mesh/join_mesh.hpp"
#include "actors/running_node.hpp"
#include "base/log.hpp"
#include "platform/process_limits.hpp"

namespace edgemesh::actors {

int run_node(settings::node_settings settings, settings::source from) {
  platform::ignore_broken_pipes();
  platform::raise_descriptor_limit();
  platform::forbid_core_dumps();
  log::configure(settings.log.level, settings.log.format);
  const auto now_s = std::chrono::floor<seconds>(std::chrono::system_clock::now().time_since_epoch()).count();
  const auto joined = settings.join_token.empty() ? result<void>{} : join_mesh(settings, now_s);
  auto life = joined ? open_mesh_life(settings, now_s) : joined.error();
  if (!life) {
    std::fprintf(stderr, "edgemesh: %s\n", life.error().message.c_str());
    return 1;
  }
  auto accounts = open_accounts(settings, *life ? (*life)->disk : nullptr);
  if (!accounts) {
    std::fprintf(stderr, "edgemesh: %s\n", accounts.error().message.c_str());
    return 1;
  }
  running_node n(std::move(settings), std::move(from), std::move(*life), std::move(*accounts));
  if (const auto listening = n.listen(); !listening) {
    std::fprintf(stderr, "edgemesh: %s\n", listening.error().message.c_str());
    return 1;
  }
  if (const auto started = n.start(); !started) {
    std::fprintf(stderr, "edgemesh: %s\n", started.error().message.c_str());
    return 1;
  }
  n.wait();
  n.stop();
  return 0;
}

}  // namespace edgemesh::actors

#include "cli/store_commands.hpp"

#include <filesystem>

#include "cli/node_views.hpp"
#include "cli/terminal.hpp"
#include "json/writer.hpp"
#include "store/restoring.hpp"
#include "store/store.hpp"

namespace edgemesh::cli {
namespace {

exit_code failed(const error& why) {
  complain(printable(why.message));
  return exit_code::failed;
}

}  // namespace

exit_code check_the_store(const store_options& options) {
  const auto node = load_or_complain(options.configuration);
  if (!node) return exit_code::usage;
  const auto folder = settings::store_folder_of(*node);
  const auto entries = store::check_store(folder);
  if (!entries) return failed(entries.error());
  print(printable(folder.string()) + ": " + std::to_string(*entries) + " entries, all sound\n");
  return exit_code::done;
}

exit_code restore_the_store(const store_options& options) {
  const auto node = load_or_complain(options.configuration);
  if (!node) return exit_code::usage;
  const auto folder = settings::store_folder_of(*node);
  if (const auto restored = store::restore_store(options.folder, folder); !restored) return failed(restored.error());
  print("restored " + printable(folder.string()) + " from " + printable(options.folder) +
        "; what the node wrote after that backup is not in it\n");
  return exit_code::done;
}

exit_code back_up_store(const backup_options& options) {
  const auto link = admin_link::open(options.admin);
  if (!link) return exit_code::usage;
  http_request request;
  request.method = "POST";
  request.target = "/admin/v1/store/backup";
  json::writer(request.body).begin_object().member("folder", std::filesystem::absolute(options.folder).string()).end_object();
  return link->ask(std::move(request), [](json::value v) {
    print("the store is copied to " + printable(scalar_text(v["folder"])) + "; the node's own key and data_dir/admin.key are not in it\n");
  });
}

}  // namespace edgemesh::cli

#include "store/restoring.hpp"

#include "store/policy_state.hpp"
#include "store/rocks_words.hpp"
#include "store/store.hpp"
#include "store/usage_journals.hpp"

namespace edgemesh::store {

namespace {

namespace fs = std::filesystem;

result<void> copy_files(const fs::path& from, const fs::path& to) {
  std::error_code failure;
  fs::create_directories(to, failure);
  if (!failure) fs::permissions(to, fs::perms::owner_all, failure);
  if (!failure) fs::copy(from, to, fs::copy_options::recursive, failure);
  if (failure) return words_for(failure, to);
  return {};
}

result<void> give_new_origin(const fs::path& folder) {
  auto opened = open_store(folder);
  if (!opened) return opened.error();
  if (auto forgotten = forget_journals(**opened); !forgotten) return forgotten;
  return forget_store_id(**opened);
}

}  // namespace

result<void> restore_store(const fs::path& backup, const fs::path& folder) {
  std::error_code failure;
  if (fs::exists(folder, failure) && !fs::is_empty(folder, failure))
    return error{folder.string() + " is there already: move it away first, so that nothing is lost"};
  if (auto sound = check_store(backup); !sound) return sound.error();
  const fs::path draft = folder.string() + ".restoring";
  fs::remove_all(draft, failure);
  auto done = copy_files(backup, draft);
  fs::remove_all(draft / usage_journals::folder_name, failure);  // where the backup is a copy made by hand
  if (done) done = give_new_origin(draft);
  if (done) {
    fs::remove(folder, failure);
    fs::rename(draft, folder, failure);
    if (failure) done = words_for(failure, folder);
  }
  if (!done) fs::remove_all(draft, failure);
  return done;
}

}  // namespace edgemesh::store

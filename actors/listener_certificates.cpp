#include "actors/listener_certificates.hpp"

#include "base/log.hpp"
#include "platform/private_file.hpp"

namespace edgemesh::actors {

/// nullopt: a file is away for a moment, being replaced.
std::optional<listener_certificates::stamps> listener_certificates::stamps_of(const net::server_tls_files& files) {
  stamps out;
  for (const auto* path : {&files.cert, &files.key, &files.client_ca}) {
    if (path->empty()) continue;
    std::error_code ec;
    stamp s{std::filesystem::last_write_time(*path, ec), 0};
    if (!ec) s.size = std::filesystem::file_size(*path, ec);
    if (ec) return std::nullopt;
    out.push_back(s);
  }
  return out;
}

result<net::shared_server_tls> listener_certificates::read(const entry& e) {
  auto made = net::server_tls::make(e.files);
  if (!made) return error{e.key + ": " + made.error().message};
  // Tools that serve several programs give keys to a group (0640): only what everybody may read is worth a word.
  if (platform::everybody_may_read(e.files.key)) log::warn("tls_key_exposed", {{"listener", e.key}, {"file", e.files.key}});
  return *made;
}

result<void> listener_certificates::add(const char* key, const settings::listener_tls& files, use_function use) {
  if (!files.is_on()) return {};
  entry e{key, {files.cert.string(), files.key.string(), files.client_ca.string()}, std::move(use), {}};
  e.seen = stamps_of(e.files).value_or(stamps{});
  auto made = read(e);
  if (!made) return made.error();
  e.use(std::move(*made));
  entries_.push_back(std::move(e));
  return {};
}

void listener_certificates::look() {
  for (auto& e : entries_) {
    auto now = stamps_of(e.files);
    if (!now || *now == e.seen) continue;
    e.seen = std::move(*now);
    auto made = read(e);
    if (!made) {
      log::error("tls_certificate_refused", {{"fault", made.error().message}});
      continue;
    }
    log::info("tls_certificate_changed", {{"listener", e.key}, {"file", e.files.cert}});
    e.use(std::move(*made));
  }
}

void listener_certificates::watch() {
  if (entries_.empty()) return;
  timer_.expires_after(poll_interval);
  timer_.async_wait([this](boost::system::error_code ec) {
    if (ec) return;
    look();
    watch();
  });
}

}  // namespace edgemesh::actors

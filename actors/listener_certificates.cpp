#include "actors/listener_certificates.hpp"

#include <algorithm>

#include "base/log.hpp"
#include "http/metrics_text.hpp"
#include "net/certificate_facts.hpp"
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

result<void> listener_certificates::take(entry& e) {
  auto made = net::server_tls::make(e.files);
  if (!made) return error{e.key + ": " + made.error().message};
  // Tools that serve several programs give keys to a group (0640): only what everybody may read is worth a word.
  if (platform::everybody_may_read(e.files.key)) log::warn("tls_key_exposed", {{"listener", e.key}, {"file", e.files.key}});
  e.end = net::certificate_end(**made);
  e.use(std::move(*made));
  return {};
}

result<void> listener_certificates::add(const char* key, const settings::listener_tls& files, use_function use) {
  if (!files.is_on()) return {};
  entry e{key, {files.cert.string(), files.key.string(), files.client_ca.string()}, std::move(use), {}};
  e.seen = stamps_of(e.files).value_or(stamps{});
  if (auto taken = take(e); !taken) return taken;
  entries_.push_back(std::move(e));
  return {};
}

void listener_certificates::look() {
  for (auto& e : entries_) {
    auto now = stamps_of(e.files);
    if (!now || *now == e.seen) continue;
    e.seen = std::move(*now);
    if (const auto taken = take(e); taken)
      log::info("tls_certificate_changed", {{"listener", e.key}, {"file", e.files.cert}});
    else
      log::error("tls_certificate_refused", {{"fault", taken.error().message}});
  }
}

void listener_certificates::append_metrics(std::string& out) const {
  if (entries_.empty()) return;
  http::append_family(out, "edgemesh_tls_certificate_not_after_seconds", "gauge", "Unix time at which the certificate ends that a listener shows");
  for (const auto& e : entries_) {
    std::string labels;
    http::append_label(labels, "listener", std::string_view(e.key).substr(e.key.rfind('.') + 1));
    const auto end = std::chrono::duration_cast<seconds>(e.end.time_since_epoch()).count();
    http::append_sample(out, "edgemesh_tls_certificate_not_after_seconds", labels, static_cast<std::uint64_t>(std::max<std::int64_t>(0, end)));
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

#include "cli/account_commands.hpp"

#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>
#include <cstdio>

#include "base/units.hpp"
#include "cli/account_views.hpp"
#include "cli/node_views.hpp"
#include "cli/terminal.hpp"
#include "json/writer.hpp"
#include "settings/text_file.hpp"

namespace edgemesh::cli {
namespace {

constexpr std::size_t file_bytes_max = 64u << 20;

std::string target_of(account_kind kind, const std::string& id = {}) {
  const std::string all = kind == account_kind::key ? "/admin/v1/keys" : "/admin/v1/groups";
  return id.empty() ? all : all + "/" + escaped_segment(id);
}

exit_code wrong(const std::string& message) {
  complain(message);
  return exit_code::usage;
}

result<std::string> text_of(const std::string& file) {
  if (file != "-") return settings::read_text_file(file, file_bytes_max);
  std::string out;
  char buffer[65536];
  while (const auto got = std::fread(buffer, 1, sizeof buffer, stdin)) {
    out.append(buffer, got);
    if (out.size() > file_bytes_max) return error{"standard input is larger than 64 MiB"};
  }
  return out;
}

result<std::string> body_of(const account_options& o) { return o.file.empty() ? account_body(o.flags) : text_of(o.file); }

exit_code send_body(const admin_options& admin, const char* method, std::string target, std::string body, const std::function<void(json::value)>& show) {
  const auto link = admin_link::open(admin);
  if (!link) return exit_code::usage;
  http_request request;
  request.method = method;
  request.target = std::move(target);
  request.body = std::move(body);
  return link->ask(std::move(request), show);
}

/// The secret stands alone on the last line, for scripts.
void print_with_secret(json::value v) {
  print(account_view(v));
  if (const auto key = scalar_text(v["key"]); !key.empty()) print("\nthe key, shown this once:\n" + printable(key) + "\n");
}

void add_to_query(std::string& query, const std::string& name, const std::string& value) {
  if (value.empty()) return;
  query += query.empty() ? '?' : '&';
  query += name + "=" + escaped_segment(value);
}

std::string joined_with_commas(const std::vector<std::string>& all) {
  std::string out;
  for (const auto& one : all) out += (out.empty() ? "" : ",") + one;
  return out;
}

void wait_a_second() {
  boost::asio::io_context io;
  boost::asio::steady_timer(io, seconds(1)).wait();
}

/// Up to the last whole line that fits.
std::string_view next_part(std::string_view text) {
  if (text.size() <= import_part_bytes) return text;
  const auto end = text.rfind('\n', import_part_bytes);
  return end == text.npos ? text : text.substr(0, end + 1);
}

}  // namespace

exit_code list_accounts(account_kind kind, const account_options& o) {
  const auto link = admin_link::open(o.admin);
  if (!link) return exit_code::usage;
  std::string query = "?limit=1000";
  if (o.flags.group) add_to_query(query, "group", *o.flags.group);
  return link->get(target_of(kind) + query, [&](json::value v) { print(kind == account_kind::key ? keys_view(v) : groups_view(v)); });
}

exit_code show_account(account_kind kind, const account_options& o) {
  const auto link = admin_link::open(o.admin);
  if (!link) return exit_code::usage;
  return link->get(target_of(kind, o.id), [](json::value v) { print(account_view(v)); });
}

exit_code create_account(account_kind kind, const account_options& o) {
  auto body = body_of(o);
  if (!body) return wrong(body.error().message);
  return send_body(o.admin, "POST", target_of(kind), std::move(*body), print_with_secret);
}

exit_code update_account(account_kind kind, const account_options& o) {
  auto body = body_of(o);
  if (!body) return wrong(body.error().message);
  if (*body == "{}") return wrong("nothing to change: say what, for example --budget 20/month; --help shows what is possible");
  return send_body(o.admin, "PATCH", target_of(kind, o.id), std::move(*body), [](json::value v) { print(account_view(v)); });
}

exit_code end_account(account_kind kind, const account_options& o) {
  return send_body(o.admin, "DELETE", target_of(kind, o.id), {}, [&](json::value) {
    print((kind == account_kind::key ? "key " : "group ") + printable(o.id) + (kind == account_kind::key ? " is revoked, for ever\n" : " is deleted\n"));
  });
}

exit_code rotate_key_of(const account_options& o) {
  std::string body;
  json::writer w(body);
  w.begin_object();
  if (!o.grace.empty()) w.member("grace", o.grace);
  w.end_object();
  return send_body(o.admin, "POST", target_of(account_kind::key, o.id) + "/rotate", std::move(body), print_with_secret);
}

exit_code import_keys(const account_options& o) {
  const auto text = text_of(o.file);
  if (!text) return wrong(text.error().message);
  std::string_view rest = *text;
  exit_code outcome = exit_code::done;
  do {
    const auto part = next_part(rest);
    rest.remove_prefix(part.size());
    outcome = send_body(o.admin, "POST", "/admin/v1/keys/import", std::string(part), [](json::value v) { print(import_view(v)); });
  } while (outcome == exit_code::done && !rest.empty());
  return outcome;
}

exit_code show_usage(const usage_options& o) {
  std::string query;
  add_to_query(query, "group_by", joined_with_commas(o.group_by));
  add_to_query(query, "interval", o.interval);
  add_to_query(query, "from", o.from);
  add_to_query(query, "to", o.to);
  for (const auto& filter : o.only) {
    const auto equals = filter.find('=');
    if (equals == filter.npos || equals == 0) return wrong("--only: expected DIMENSION=NAME such as model=llama3.2:3b");
    add_to_query(query, filter.substr(0, equals), filter.substr(equals + 1));
  }
  if (o.csv) add_to_query(query, "format", "csv");
  const auto link = admin_link::open(o.admin);
  if (!link) return exit_code::usage;
  if (o.csv) return link->print_text("/admin/v1/usage" + query);
  return link->get("/admin/v1/usage" + query, [](json::value v) { print(usage_view(v)); });
}

exit_code show_audit(const audit_options& o) {
  const auto link = admin_link::open(o.admin);
  if (!link) return exit_code::usage;
  std::string filter;
  add_to_query(filter, "limit", o.limit);
  add_to_query(filter, "actor", o.actor);
  add_to_query(filter, "action", o.action);
  add_to_query(filter, "subject", o.subject);
  std::string after;
  for (;;) {
    std::string query = filter;
    add_to_query(query, "after", after);
    std::string last = after;
    const auto outcome = link->get("/admin/v1/audit" + query, [&](json::value v) {
      print(audit_view(v));
      if (const auto rows = v["data"].elements(); rows.begin() != rows.end())
        for (const auto row : rows) last = scalar_text(row["number"]);
      else if (after.empty()) last = scalar_text(v["last"]);
    });
    if (!o.follow || outcome != exit_code::done) return outcome;
    after = last.empty() ? "0" : last;
    wait_a_second();
  }
}

}  // namespace edgemesh::cli

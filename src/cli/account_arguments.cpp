#include "cli/account_arguments.hpp"

#include <CLI/CLI.hpp>

namespace edgemesh::cli {

void add_policy_flags(CLI::App& to, account_kind kind, account_options& o) {
  auto& f = o.flags;
  to.add_option("--name", f.name, "for people");
  if (kind == account_kind::key) {
    to.add_option("--role", f.role, "client, viewer, group-admin or admin; default: client");
    to.add_option("--group", f.group, "the group it belongs to, by name or id");
    to.add_option("--owner", f.owner, "whose it is");
    to.add_option("--tag", f.tags, "for reports; may be given several times")->allow_extra_args(false);
    to.add_option("--max-tokens", f.max_tokens, "the longest answer that it may ask for, and the default");
    to.add_option("--expires", f.expires, "2027-01-31T00:00:00Z");
    to.add_option("--strict", f.strict, "yes or no; kept, without effect in this version");
    to.add_option("--cache", f.cache, "shared or isolated; kept, without effect in this version");
  } else {
    to.add_option("--parent", f.parent, "the group above it, by name or id");
  }
  to.add_option("--model", f.models, "a model that may be asked for; several times; none: all")->allow_extra_args(false);
  to.add_option("--backend", f.backends, "a backend that may be used, as NAME or NODE/NAME; several times; none: all")->allow_extra_args(false);
  to.add_option("--from-site", f.sites, "a site whose backends may be used; several times; none: all")->allow_extra_args(false);
  to.add_option("--data-class", f.data_class, "requests count as at least this class");
  to.add_option("--requests-per-minute", f.requests_per_minute, "a number, or none");
  to.add_option("--tokens-per-minute", f.tokens_per_minute, "a number, or none");
  to.add_option("--concurrency", f.concurrency, "requests at once; a number, or none");
  to.add_option("--budget", f.budget, "20/month, 0.5/day, 100000 tokens/week, 100/total, or none");
  to.add_option("--disabled", f.disabled, "yes or no");
  to.add_option("--file", o.file, "JSON as the admin API takes it, instead of flags; - for standard input");
}

void add_usage_flags(CLI::App& to, usage_options& o) {
  to.add_option("--group-by", o.group_by, "key, group, owner, tag, model, backend, node, site; separated by commas")->delimiter(',');
  to.add_option("--interval", o.interval, "minute, hour, day or month");
  to.add_option("--from", o.from, "2026-11-01 or 2026-11-01T08:00:00Z; default: the beginning of the month");
  to.add_option("--to", o.to, "default: all that there is");
  to.add_option("--only", o.only, "DIMENSION=NAME; may be given several times")->allow_extra_args(false);
  to.add_flag("--csv", o.csv, "print CSV");
}

void add_audit_flags(CLI::App& to, audit_options& o) {
  to.add_option("--actor", o.actor, "by this key");
  to.add_option("--action", o.action, "key.create, key.*, request.refused, request, ...");
  to.add_option("--subject", o.subject, "about this");
  to.add_option("--limit", o.limit, "how many of the newest, at most 1000; default: 100");
  to.add_flag("--follow", o.follow, "go on with what comes");
}

}  // namespace edgemesh::cli

#include <algorithm>
#include <string>
#include <string_view>
#include <utility>

#include "mock/connection.hpp"
#include "mock/exchange.hpp"
#include "mock/mock_service.hpp"

// How an exchange breaks its answer. The pace and the sound answers are in exchange.cpp.
namespace edgemesh::mock {
namespace {

constexpr std::size_t batch_bytes = 64u << 10;
constexpr std::size_t huge_bytes = 20u << 20;

bool is_mid_stream(fault_name name) {
  return name == fault_name::drop_mid_stream || name == fault_name::stall_mid_stream ||
         name == fault_name::end_mid_stream || name == fault_name::error_mid_stream;
}

}  // namespace

std::size_t exchange::strike_point() const noexcept {
  const auto size = job_.answer->size();
  const auto usual = is_mid_stream(fault_->name) ? std::max<std::size_t>(1, size / 2) : 0;
  const bool movable =
      is_mid_stream(fault_->name) || has(fault_name::malformed_event) || has(fault_name::huge_event);
  const auto wanted = movable && fault_->after ? static_cast<std::size_t>(*fault_->after) : usual;
  return std::min(wanted, size);
}

complaint exchange::fault_complaint() const {
  const bool is_named = fault_->name == fault_name::error_429 || fault_->name == fault_name::loading;
  auto why = service_.who().fault_complaint(is_named ? fault_->name : fault_name::error_500);
  if (fault_->status != 0) why.status = fault_->status;
  return why;
}

bool exchange::strike_stream(std::string& out) {
  auto& who = service_.who();
  switch (fault_->name) {
    case fault_name::drop_before_first:
    case fault_name::drop_mid_stream:
      link_.send(std::move(out), &exchange::reset_faulted);
      return true;
    case fault_name::stall_mid_stream:
      entry_->tokens_sent = next_;
      link_.send(std::move(out), &exchange::stay_silent);
      return true;
    case fault_name::malformed_event:
      append_piece(out, who.malformed_event());
      if (next_ < job_.answer->size()) ++next_;
      fault_.reset();
      return false;
    case fault_name::huge_event:
      append_piece(out, who.huge_event_start());
      huge_left_ = huge_bytes;
      link_.send(std::move(out), &exchange::send_huge);
      return true;
    case fault_name::error_in_200:
    case fault_name::error_mid_stream:
      append_piece(out, who.error_event(fault_complaint()));
      break;
    default:
      break;  // empty-200 and end-mid-stream: the transport ends, nothing more is said
  }
  append_end(out);
  link_.send(std::move(out), &exchange::finish_faulted);
  return true;
}

void exchange::strike_whole(std::string body) {
  auto& who = service_.who();
  const auto name = fault_->name;
  if (name == fault_name::malformed_event) body.resize(body.size() / 2);
  if (name == fault_name::empty_200) body.clear();
  if (name == fault_name::error_in_200 || name == fault_name::error_mid_stream)
    body = who.error_body_in_200(fault_complaint());
  std::string out;
  head_text head{200, who.json_type(), who.server_name(), body.size(), is_old_, keeps_alive_};
  if (name == fault_name::huge_event) head.length.reset();
  append_head(out, head, {});
  if (name == fault_name::huge_event) {
    const auto start = who.huge_event_start();
    append_piece(out, std::string_view(start).substr(start.starts_with("data: ") ? 6 : 0));
    huge_left_ = huge_bytes;
    return link_.send(std::move(out), &exchange::send_huge);
  }
  const bool is_cut = is_mid_stream(name) && name != fault_name::error_mid_stream;
  if (name != fault_name::drop_before_first)
    out += is_cut ? std::string_view(body).substr(0, body.size() / 2) : std::string_view(body);
  connection::step next = &exchange::finish_faulted;
  if (name == fault_name::drop_before_first || name == fault_name::drop_mid_stream)
    next = &exchange::reset_faulted;
  if (name == fault_name::stall_mid_stream) next = &exchange::stay_silent;
  if (name == fault_name::end_mid_stream) next = &exchange::shut_faulted;
  link_.send(std::move(out), next);
}

void exchange::send_huge() {
  std::string out;
  const auto size = std::min(huge_left_, batch_bytes);
  huge_left_ -= size;
  append_piece(out, std::string(size, 'x'));
  if (huge_left_ > 0) return link_.send(std::move(out), &exchange::send_huge);
  append_end(out);
  link_.send(std::move(out), &exchange::finish_faulted);
}

void exchange::reset_faulted() {
  note(request_state::faulted);
  release_slot();
  link_.reset();
}

void exchange::shut_faulted() {
  note(request_state::faulted);
  release_slot();
  link_.shut();
}

}  // namespace edgemesh::mock

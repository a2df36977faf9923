#include "net/socket_tls.hpp"

#include <openssl/bio.h>
#include <openssl/err.h>
#include <openssl/ssl.h>

#include <boost/asio/buffer.hpp>
#include <boost/asio/error.hpp>
#include <boost/asio/ssl/context.hpp>

#include "base/check.hpp"

namespace edgemesh::net {

namespace asio = boost::asio;
using tcp = asio::ip::tcp;
using boost::system::error_code;

namespace {

bool is_would_block(const error_code& ec) noexcept { return ec == asio::error::would_block || ec == asio::error::try_again; }

tcp::socket& socket_of(BIO* bio) noexcept { return *static_cast<tcp::socket*>(BIO_get_data(bio)); }

// OpenSSL's own socket BIO writes with write(2), which raises SIGPIPE.
int write_bytes(BIO* bio, const char* bytes, std::size_t size, std::size_t* written) noexcept {
  error_code ec;
  BIO_clear_retry_flags(bio);
  *written = socket_of(bio).write_some(asio::buffer(bytes, size), ec);
  if (is_would_block(ec)) BIO_set_retry_write(bio);
  return *written > 0 ? 1 : 0;
}

int read_bytes(BIO* bio, char* into, std::size_t room, std::size_t* got) noexcept {
  error_code ec;
  BIO_clear_retry_flags(bio);
  *got = socket_of(bio).read_some(asio::buffer(into, room), ec);
  if (is_would_block(ec)) BIO_set_retry_read(bio);
  return *got > 0 ? 1 : 0;
}

long control(BIO*, int command, long, void*) noexcept { return command == BIO_CTRL_FLUSH ? 1 : 0; }

const BIO_METHOD* socket_method() {
  static BIO_METHOD* const method = [] {
    BIO_METHOD* m = BIO_meth_new(BIO_get_new_index() | BIO_TYPE_SOURCE_SINK, "edgemesh socket");
    EDGEMESH_CHECK(m != nullptr && BIO_meth_set_write_ex(m, &write_bytes) == 1 && BIO_meth_set_read_ex(m, &read_bytes) == 1 &&
                   BIO_meth_set_ctrl(m, &control) == 1);
    return m;
  }();
  return method;
}

}  // namespace

socket_tls::socket_tls(asio::ssl::context& context, tcp::socket& socket, side s) : connection_(SSL_new(context.native_handle())) {
  BIO* bio = BIO_new(socket_method());
  EDGEMESH_CHECK(connection_ != nullptr && bio != nullptr);
  BIO_set_data(bio, &socket);
  BIO_set_init(bio, 1);
  SSL_set_bio(connection_, bio, bio);
  SSL_set_mode(connection_, SSL_MODE_ENABLE_PARTIAL_WRITE | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER | SSL_MODE_RELEASE_BUFFERS);
  if (s == side::server) SSL_set_accept_state(connection_);
  else SSL_set_connect_state(connection_);
}

socket_tls::~socket_tls() { SSL_free(connection_); }

void socket_tls::rebind(tcp::socket& socket) noexcept { BIO_set_data(SSL_get_rbio(connection_), &socket); }

socket_tls::state socket_tls::state_after(int result) noexcept {
  switch (SSL_get_error(connection_, result)) {
    case SSL_ERROR_NONE: return state::done;
    case SSL_ERROR_WANT_READ: return state::wants_read;
    case SSL_ERROR_WANT_WRITE: return state::wants_write;
    default: return state::ended;
  }
}

socket_tls::state socket_tls::shake_hands() noexcept {
  ERR_clear_error();
  return state_after(SSL_do_handshake(connection_));
}

std::size_t socket_tls::read(char* into, std::size_t room, state& s) noexcept {
  std::size_t got = 0;
  s = state::done;
  ERR_clear_error();
  while (got < room) {
    std::size_t n = 0;
    const int result = SSL_read_ex(connection_, into + got, room - got, &n);
    got += n;
    if (result == 1) continue;
    s = state_after(result);
    break;
  }
  return got;
}

std::size_t socket_tls::write(std::string_view bytes, state& s) noexcept {
  std::size_t sent = 0;
  s = state::done;
  ERR_clear_error();
  while (sent < bytes.size()) {
    std::size_t n = 0;
    const int result = SSL_write_ex(connection_, bytes.data() + sent, bytes.size() - sent, &n);
    sent += n;
    if (result == 1) continue;
    s = state_after(result);
    break;
  }
  return sent;
}

void socket_tls::send_close_notify() noexcept {
  ERR_clear_error();
  SSL_shutdown(connection_);
}

}  // namespace edgemesh::net

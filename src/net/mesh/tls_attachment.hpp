// A value of ours that an OpenSSL object carries and frees with itself (its "ex data"). Used where callbacks get nothing but
// that object. As thread-safe as the object it hangs on.
#pragma once
#include <openssl/ssl.h>

#include <memory>
#include <type_traits>
#include <utility>

#include "base/check.hpp"

namespace edgemesh::net {

template <class Holder, class Value>
class tls_attachment {
 public:
  /// Once per holder; a second call replaces the value.
  static void attach(Holder* holder, Value value) {
    auto made = std::make_unique<Value>(std::move(value));
    std::unique_ptr<Value> old(const_cast<Value*>(of(holder)));
    EDGEMESH_CHECK(set(holder, made.release()));
  }
  static const Value* of(const Holder* holder) {
    if constexpr (std::is_same_v<Holder, SSL>)
      return static_cast<const Value*>(SSL_get_ex_data(holder, slot()));
    else
      return static_cast<const Value*>(SSL_CTX_get_ex_data(holder, slot()));
  }

 private:
  static int slot() {
    static const int index = CRYPTO_get_ex_new_index(std::is_same_v<Holder, SSL> ? CRYPTO_EX_INDEX_SSL : CRYPTO_EX_INDEX_SSL_CTX, 0, nullptr,
                                                     nullptr, nullptr, &release);
    EDGEMESH_CHECK(index >= 0);
    return index;
  }
  static int set(Holder* holder, Value* value) {
    if constexpr (std::is_same_v<Holder, SSL>)
      return SSL_set_ex_data(holder, slot(), value);
    else
      return SSL_CTX_set_ex_data(holder, slot(), value);
  }
  static void release(void*, void* value, CRYPTO_EX_DATA*, int, long, void*) noexcept { delete static_cast<Value*>(value); }
};

}  // namespace edgemesh::net

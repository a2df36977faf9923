#include "net/certificate_facts.hpp"

#include <openssl/pem.h>
#include <openssl/x509v3.h>

#include <boost/asio/ip/address.hpp>
#include <boost/asio/ssl/context.hpp>
#include <cstring>
#include <ctime>
#include <memory>

namespace edgemesh::net {

namespace {

std::string text_of(const ASN1_STRING* from) {
  return std::string(reinterpret_cast<const char*>(ASN1_STRING_get0_data(from)), static_cast<std::size_t>(ASN1_STRING_length(from)));
}

/// "" for another kind of name.
std::string text_of(const GENERAL_NAME& name) {
  if (name.type == GEN_DNS) {
    const auto text = text_of(name.d.dNSName);
    return text.starts_with("*.") ? "node" + text.substr(1) : text;
  }
  if (name.type != GEN_IPADD) return "";
  const auto bytes = text_of(name.d.iPAddress);
  boost::asio::ip::address_v4::bytes_type four{};
  boost::asio::ip::address_v6::bytes_type sixteen{};
  if (bytes.size() == four.size()) {
    std::memcpy(four.data(), bytes.data(), four.size());
    return boost::asio::ip::address_v4(four).to_string();
  }
  if (bytes.size() != sixteen.size()) return "";
  std::memcpy(sixteen.data(), bytes.data(), sixteen.size());
  return boost::asio::ip::address_v6(sixteen).to_string();
}

std::string first_alternative(const X509* certificate) {
  const std::unique_ptr<GENERAL_NAMES, decltype(&GENERAL_NAMES_free)> names(
      static_cast<GENERAL_NAMES*>(X509_get_ext_d2i(certificate, NID_subject_alt_name, nullptr, nullptr)), &GENERAL_NAMES_free);
  for (int i = 0; names && i < sk_GENERAL_NAME_num(names.get()); ++i)
    if (auto text = text_of(*sk_GENERAL_NAME_value(names.get(), i)); !text.empty()) return text;
  return "";
}

std::string common_name(const X509* certificate) {
  const auto* subject = X509_get_subject_name(certificate);
  const int at = X509_NAME_get_index_by_NID(subject, NID_commonName, -1);
  return at < 0 ? "" : text_of(X509_NAME_ENTRY_get_data(X509_NAME_get_entry(subject, at)));
}

}  // namespace

result<std::string> certificate_name(const std::string& pem_file) {
  const std::unique_ptr<BIO, decltype(&BIO_free)> file(BIO_new_file(pem_file.c_str(), "r"), &BIO_free);
  if (!file) return error{"cannot read " + pem_file};
  const std::unique_ptr<X509, decltype(&X509_free)> certificate(PEM_read_bio_X509(file.get(), nullptr, nullptr, nullptr), &X509_free);
  if (!certificate) return error{pem_file + " holds no certificate that can be read"};
  auto name = first_alternative(certificate.get());
  if (name.empty()) name = common_name(certificate.get());
  if (name.empty()) return error{"the certificate " + pem_file + " is for no name"};
  return name;
}

wall_time certificate_end(const server_tls& listener) {
  const auto* certificate = SSL_CTX_get0_certificate(listener.context().native_handle());
  std::tm end{};
  if (certificate == nullptr || ASN1_TIME_to_tm(X509_get0_notAfter(certificate), &end) != 1) return {};
  return std::chrono::system_clock::from_time_t(timegm(&end));
}

}  // namespace edgemesh::net

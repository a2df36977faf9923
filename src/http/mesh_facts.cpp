#include "http/mesh_facts.hpp"

#include "json/writer.hpp"

namespace edgemesh::http {

std::string endpoints_body(const mesh_facts* facts) {
  std::string out;
  json::writer w(out);
  w.begin_object().key("data").begin_array();
  if (facts != nullptr)
    for (const auto& e : facts->endpoints) w.begin_object().member("node", e.node).member("site", e.site).member("url", e.url).end_object();
  w.end_array().end_object();
  return out;
}

}  // namespace edgemesh::http

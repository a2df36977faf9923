// Prices of a backend as the admin API shows them: {"MODEL": {"input", "cached_input", "output", "request"}}, decimal numbers of the
// currency, per million tokens and per request. Pure.
#pragma once
#include <string_view>

#include "domain/model_prices.hpp"
#include "json/writer.hpp"

namespace edgemesh::actors {

inline void write_price(json::writer& w, std::string_view model, const model_prices& p) {
  w.key(model).begin_object().key("input").raw(price_text(p.input)).key("cached_input").raw(price_text(p.cached_input));
  w.key("output").raw(price_text(p.output)).key("request").raw(price_text(p.request)).end_object();
}

}  // namespace edgemesh::actors

#include "domain/model_prices.hpp"

#include <gtest/gtest.h>

namespace edgemesh {
namespace {

TEST(ModelPrices, AreReadExactlyAndWrittenBack) {
  const std::pair<const char*, std::int64_t> prices[] = {
      {"0", 0}, {"0.15", 150'000}, {"0.1", 100'000}, {"3", 3'000'000}, {"0.000001", 1}, {"12.345678", 12'345'678}, {"1000000000", price_max}};
  for (const auto& [text, value] : prices) {
    EXPECT_EQ(parse_price(text), value) << text;
    EXPECT_EQ(price_text(value), text);
  }
  EXPECT_EQ(parse_price("0.150"), 150'000);
  EXPECT_EQ(parse_price("007"), 7'000'000);
}

TEST(ModelPrices, WhatIsNoPlainDecimalNumberIsNoPrice) {
  for (const char* text : {"", ".", ".5", "5.", "-1", "+1", "1e3", "0x1", "1,5", "0.1234567", "1 ", " 1", "1000000000.000001", "10000000000",
                           "99999999999999999999", "NaN", "inf", "1.2.3"})
    EXPECT_FALSE(parse_price(text)) << text;
}

}  // namespace
}  // namespace edgemesh

#include "serve/http/route.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace headrace::serve::http {
namespace {

// "endpoint model version query", or the status of the refusal.
std::string routed(std::string_view method, std::string_view target) {
  const auto result = route(method, target);
  if (const auto* refusal = std::get_if<Refusal>(&result))
    return std::to_string(refusal->status) + (refusal->allow.empty() ? "" : " " + refusal->allow);
  const Route& found = std::get<Route>(result);
  return std::to_string(static_cast<int>(found.endpoint)) + "|" + found.model + "|" + found.version + "|" + found.query;
}

std::string expected(Endpoint endpoint, const std::string& rest) { return std::to_string(static_cast<int>(endpoint)) + rest; }

TEST(Route, EveryOperationIsFound) {
  EXPECT_EQ(routed("GET", "/"), expected(Endpoint::kDashboard, "|||"));
  EXPECT_EQ(routed("HEAD", "/v2/health/live"), expected(Endpoint::kLive, "|||"));
  EXPECT_EQ(routed("GET", "/v2/models/stats"), expected(Endpoint::kAllStatistics, "|||"));
  EXPECT_EQ(routed("GET", "/v2/models/stats/ready"), expected(Endpoint::kModelReady, "|stats||"));
  EXPECT_EQ(routed("POST", "/v2/models/m/versions/3/infer"), expected(Endpoint::kInfer, "|m|3|"));
  EXPECT_EQ(routed("POST", "/v2/models/m/picture?top=3"), expected(Endpoint::kPicture, "|m||top=3"));
  EXPECT_EQ(routed("POST", "/v2/repository/models/m/load"), expected(Endpoint::kLoad, "|m||"));
  EXPECT_EQ(routed("GET", "http://host:8000/v2"), expected(Endpoint::kServerMetadata, "|||"));
}

TEST(Route, NamesAreDecoded) {
  EXPECT_EQ(routed("GET", "/v2/models/a%20b%2Dc"), expected(Endpoint::kModelMetadata, "|a b-c||"));
  EXPECT_EQ(routed("GET", "/v2/models/%C3%BC"), expected(Endpoint::kModelMetadata, "|\xC3\xBC||"));
}

TEST(Route, NamesThatLeadElsewhereAreRefused) {
  for (const char* name :
       {"..", ".", "%2e%2e", "%2E.", "a%2fb", "%2fetc%2fpasswd", "a%5Cb", "a%00b", "a%0Ab", "%ff", "%zz", "%2", "%"})
    EXPECT_EQ(routed("GET", std::string("/v2/models/") + name), "400") << name;
  EXPECT_EQ(routed("GET", "/v2/models/" + std::string(300, 'a')), "400");
  EXPECT_EQ(routed("GET", "/v2/models/m/versions/%2e%2e"), "400");
  EXPECT_EQ(routed("GET", "/v2/models/../../etc/passwd"), "404");
  EXPECT_EQ(routed("GET", "/v2/models//ready"), "404");
}

TEST(Route, WhatIsNotThereIs404AndOtherMethodsAre405) {
  EXPECT_EQ(routed("GET", "/v3"), "404");
  EXPECT_EQ(routed("GET", "*"), "404");
  EXPECT_EQ(routed("GET", "/v2/models/m/infer"), "405 POST");
  EXPECT_EQ(routed("POST", "/v2"), "405 GET, HEAD");
  EXPECT_EQ(routed("BREW", "/v2/health/live"), "405 GET, HEAD");
}

}  // namespace
}  // namespace headrace::serve::http

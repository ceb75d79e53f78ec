#include "load/url.h"

#include <gmock/gmock.h>

#include "support/test_support.h"

namespace headrace::load {
namespace {

TEST(Url, PartsAreTakenApart) {
  const auto url = parse_url("http://example.org:8000/gateway/");
  ASSERT_OK(url);
  EXPECT_EQ(url->host, "example.org");
  EXPECT_EQ(url->port, "8000");
  EXPECT_EQ(url->prefix, "/gateway");
  EXPECT_EQ(url->text(), "http://example.org:8000/gateway");
}

TEST(Url, SchemeAndPortMayBeLeftOut) {
  const auto url = parse_url("localhost");
  ASSERT_OK(url);
  EXPECT_EQ(url->authority(), "localhost:80");
}

TEST(Url, AddressesOfIpv6StandInBrackets) {
  const auto url = parse_url("http://[::1]:9000");
  ASSERT_OK(url);
  EXPECT_EQ(url->host, "::1");
  EXPECT_EQ(url->authority(), "[::1]:9000");
}

TEST(Url, WhatIsWrongIsNamed) {
  EXPECT_ERROR(parse_url("https://x:1"), "plain HTTP");
  EXPECT_ERROR(parse_url("grpc://x:1"), "http:// address");
  EXPECT_ERROR(parse_url("ftp://x:1"), "its scheme is ftp");
  EXPECT_ERROR(parse_url("http://:8000"), "the host is missing");
  EXPECT_ERROR(parse_url("http://x:0"), "port");
  EXPECT_ERROR(parse_url("http://x:99999"), "port");
  EXPECT_ERROR(parse_url("http://x:8000abc"), "port");
  EXPECT_ERROR(parse_url("http://[::1:8000"), "']' is missing");
  EXPECT_ERROR(parse_url("http://[::1]8000"), "should follow");
  EXPECT_ERROR(parse_url("http://me:secret@x:1"), "--header");
  EXPECT_ERROR(parse_url("http://x:1/ HTTP/1.1\r\nA: b"), "space");
  EXPECT_ERROR(parse_url("http://x:1/?a=b"), "query");
}

TEST(Url, SegmentsCannotLeaveTheirPlace) {
  EXPECT_EQ(escape_segment("resnet-50_v1.5~x"), "resnet-50_v1.5~x");
  EXPECT_EQ(escape_segment("a/b c\n\xC3\xA4"), "a%2Fb%20c%0A%C3%A4");
}

}  // namespace
}  // namespace headrace::load

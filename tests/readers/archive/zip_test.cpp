// Zip archives: those that PyTorch writes are read, every lie in their headers is named.
#include "readers/archive/zip.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "support/pickle_writer.h"
#include "support/test_support.h"
#include "support/zip_writer.h"

namespace headrace {
namespace {

using testing::file_of;
using testing::write_zip;
using testing::ZipMember;
using testing::ZipOptions;

Result<ZipArchive> open(const std::string& bytes) { return ZipArchive::open(file_of(bytes)); }
Result<ZipArchive> open(const std::vector<ZipMember>& members, const ZipOptions& options = {}) {
  return open(write_zip(members, options));
}

std::string text_of(const ZipArchive::Entry* entry) {
  if (entry == nullptr) return "(no such entry)";
  return {reinterpret_cast<const char*>(entry->bytes.data()), entry->bytes.size()};
}

const std::vector<ZipMember> kTwo = {{"m/data.pkl", "pickle"}, {"m/data/0", "storage bytes"}};

TEST(ZipArchive, FindsWhatItHolds) {
  for (const bool zip64 : {false, true}) {
    const auto archive = open(kTwo, {.zip64 = zip64});
    ASSERT_OK(archive);
    EXPECT_EQ(archive->entries().size(), 2u);
    EXPECT_EQ(text_of(archive->find("m/data.pkl")), "pickle");
    EXPECT_EQ(text_of(archive->find("m/data/0")), "storage bytes");
    EXPECT_EQ(archive->find("m/data/1"), nullptr);
    for (const auto& entry : archive->entries()) EXPECT_TRUE(ZipArchive::check(entry).ok());
  }
}

TEST(ZipArchive, ReadsAFileAndNamesIt) {
  testing::TemporaryFolder folder;
  testing::write_file(folder / "w.pth", write_zip(kTwo));
  ASSERT_OK(ZipArchive::open(folder / "w.pth"));
  testing::write_file(folder / "w.pth", "PK\x03\x04 and so on");
  EXPECT_ERROR(ZipArchive::open(folder / "w.pth"), "w.pth: this is not a zip archive, or it is cut off");
  EXPECT_ERROR(ZipArchive::open(folder / "none.pth"), "none.pth: there is no such file");
}

TEST(ZipArchive, ReadsSizesInLocalHeadersAndAComment) {
  auto members = kTwo;
  for (auto& member : members) member.flags = 0;
  ASSERT_OK(open(members, {.alignment = 1, .comment = "PK\x05\x06 is no end record"}));
}

TEST(ZipArchive, AnArchiveWithoutEntriesIsOne) {
  const auto archive = open(std::vector<ZipMember>{});
  ASSERT_OK(archive);
  EXPECT_TRUE(archive->entries().empty());
}

TEST(ZipArchive, DataIsAligned) {
  const auto archive = open(kTwo);
  ASSERT_OK(archive);
  const auto base = archive->file()->bytes().data();
  for (const auto& entry : archive->entries()) EXPECT_EQ((entry.bytes.data() - base) % 64, 0);
}

TEST(ZipArchive, AWrongChecksumIsFoundByCheck) {
  const auto archive = open({{"m/data/0", "storage", 0x12345678}});
  ASSERT_OK(archive);
  EXPECT_ERROR(ZipArchive::check(archive->entries()[0]), "m/data/0: its checksum (CRC-32) is wrong");
}

TEST(ZipArchive, WhereNothingHasAChecksumNoneIsAskedFor) {
  const auto archive = open({{"m/data/0", "storage", 0}, {"m/data/1", "more", 0}});
  ASSERT_OK(archive);
  EXPECT_TRUE(ZipArchive::check(archive->entries()[0]).ok());
}

TEST(ZipArchive, RefusesCompressionAndEncryption) {
  EXPECT_ERROR(open({{.name = "m/bomb", .data = "x", .size = uint64_t{1} << 40, .method = 8}}),
               "m/bomb: the entry is compressed (method 8)");
  EXPECT_ERROR(open({{.name = "m/secret", .data = "x", .flags = 1}}), "m/secret: the entry is encrypted");
}

TEST(ZipArchive, RefusesTwoEntriesOfOneName) {
  EXPECT_ERROR(open({{"m/a", "1"}, {"m/b", "2"}, {"m/a", "3"}}), "m/a: the archive holds two entries of this name");
}

TEST(ZipArchive, RefusesEntriesThatShareBytes) {
  // The second entry's bytes hold a whole entry, which the directory lists as well.
  const std::string inner = write_zip({{"m/b", "inside"}}).substr(0, 64 + 6);
  const auto archive = open({{"m/a", inner}, {.name = "m/b", .data = "inside", .header_offset = 64}});
  EXPECT_ERROR(archive, "m/a: its bytes overlap entry 'm/b'");
}

TEST(ZipArchive, RefusesEntriesOutside) {
  EXPECT_ERROR(open({{.name = "m/a", .data = "1", .size = 4000, .packed_size = 4000}}), "4000 bytes reach past");
  EXPECT_ERROR(open({{.name = "m/a", .data = "1", .header_offset = 4000}}),
               "m/a: the zip archive is broken: the entry lies outside");
  const ZipOptions zip64{.zip64 = true};
  for (const uint64_t far : {uint64_t{1} << 40, UINT64_MAX, UINT64_MAX - 30}) {
    EXPECT_ERROR(open({{.name = "m/a", .data = "1", .header_offset = far}}, zip64), "the entry lies outside");
    EXPECT_ERROR(open({{.name = "m/a", .data = "1", .size = far, .packed_size = far}}, zip64), "bytes reach past");
  }
}

TEST(ZipArchive, RefusesAHeaderThatContradictsTheDirectory) {
  EXPECT_ERROR(open({{.name = "m/a", .data = "1", .local_name = "m/b"}}),
               "m/a: the zip archive is broken: the entry has another name");
  EXPECT_ERROR(open({{.name = "m/a", .data = "1", .size = 2}}), "m/a: the stored entry claims 2 bytes and takes 1");
  EXPECT_ERROR(open({{"m/a", "first"}, {.name = "m/b", .data = "1", .header_offset = 1}}),
               "m/b: the zip archive is broken: the entry has no header");
  auto bytes = write_zip({{.name = "m/a", .data = "1", .flags = 0}});
  bytes[14] = static_cast<char>(bytes[14] ^ 1);  // the local header's checksum
  EXPECT_ERROR(open(bytes), "m/a: the zip archive is broken: the entry's header contradicts the directory");
}

TEST(ZipArchive, RefusesADirectoryThatIsNotWhereItShouldBe) {
  EXPECT_ERROR(open(kTwo, {.extra_count = 1}), "its directory is too small for 3 entries");
  EXPECT_ERROR(open(kTwo, {.extra_count = -1}), "its directory holds more than its entries");
  EXPECT_ERROR(open(kTwo, {.extra_count = 1000}), "its directory is too small for 1002 entries");
  EXPECT_ERROR(open(kTwo, {.shift = 1}), "its directory does not lie in front of its end record");
  EXPECT_ERROR(open(kTwo, {.shift = -1}), "its directory is cut off or damaged");
  EXPECT_ERROR(open(kTwo, {.zip64 = true, .shift = 1}), "its zip64 end record is not where it should be");
}

TEST(ZipArchive, RefusesArchivesInParts) {
  auto bytes = write_zip(kTwo);
  bytes[bytes.size() - 18] = 1;  // this disk's number
  EXPECT_ERROR(open(bytes), "in several parts");
}

TEST(ZipArchive, NamesOfEntriesDoNotReachTheTerminal) {
  EXPECT_ERROR(open({{.name = "\x1b[2Jx", .data = "1", .flags = 1}}), "\\x1b[2Jx: the entry is encrypted");
}

TEST(ZipArchive, NoPrefixIsRead) {
  for (const bool zip64 : {false, true}) {
    const std::string bytes = write_zip(kTwo, {.zip64 = zip64});
    for (size_t size = 0; size < bytes.size(); ++size) EXPECT_FALSE(open(bytes.substr(0, size)).ok()) << size;
  }
}

TEST(ZipArchive, SurvivesEveryChangedByte) {
  for (const bool zip64 : {false, true}) {
    const std::string bytes = write_zip(kTwo, {.zip64 = zip64});
    for (size_t i = 0; i < bytes.size(); ++i) {
      for (const int flip : {0x01, 0x80, 0xff}) {
        std::string changed = bytes;
        changed[i] = static_cast<char>(changed[i] ^ flip);
        const auto archive = open(changed);
        if (!archive.ok()) {
          EXPECT_FALSE(archive.error().message.empty());
          continue;
        }
        for (const auto& entry : archive->entries()) EXPECT_LE(entry.bytes.size(), 13u);
      }
    }
  }
}

}  // namespace
}  // namespace headrace

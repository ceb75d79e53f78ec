#include "base/atomic_file.h"

#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include "base/temporaries.h"
#include "support/test_support.h"

namespace headrace {
namespace {

using testing::read_file;
using testing::TemporaryFolder;
using testing::write_file;

size_t entries(const std::filesystem::path& folder) {
  return static_cast<size_t>(std::distance(std::filesystem::directory_iterator(folder), {}));
}

TEST(AtomicFile, AppearsOnlyWhenCommitted) {
  TemporaryFolder folder;
  auto file = AtomicFile::create(folder / "out.txt");
  ASSERT_OK(file);
  ASSERT_OK(file->write("hello"));
  EXPECT_FALSE(std::filesystem::exists(folder / "out.txt"));
  ASSERT_OK(file->commit());
  EXPECT_EQ(read_file(folder / "out.txt"), "hello");
  EXPECT_EQ(entries(folder.path()), 1u);
}

TEST(AtomicFile, LeavesNothingWhenDropped) {
  TemporaryFolder folder;
  write_file(folder / "out.txt", "old");
  {
    auto file = AtomicFile::create(folder / "out.txt");
    ASSERT_OK(file);
    ASSERT_OK(file->write("half"));
  }
  EXPECT_EQ(read_file(folder / "out.txt"), "old");
  EXPECT_EQ(entries(folder.path()), 1u);
}

TEST(AtomicFile, NamesAMissingFolder) { EXPECT_ERROR(AtomicFile::create("/nowhere/at/all/out.txt"), "/nowhere/at/all"); }

TEST(AtomicFile, ReportsAFullDisk) {
  // /dev/full stands in for a disk without space: every write to it fails with ENOSPC.
  TemporaryFolder folder;
  auto file = AtomicFile::create(folder / "out.txt");
  ASSERT_OK(file);
  const int full = ::open("/dev/full", O_WRONLY);
  ASSERT_GE(full, 0);
  ASSERT_EQ(::dup2(full, file->descriptor()), file->descriptor());
  ::close(full);
  EXPECT_ERROR(file->write("x"), "free some space");
}

TEST(AtomicFolder, ReplacesTheOldOneWhole) {
  TemporaryFolder folder;
  write_file(folder / "bundle/old.txt", "old");
  auto made = AtomicFolder::create(folder / "bundle/");
  ASSERT_OK(made);
  write_file(made->temporary_path() / "new.txt", "new");
  EXPECT_TRUE(std::filesystem::exists(folder / "bundle/old.txt"));
  ASSERT_OK(made->commit());
  EXPECT_EQ(read_file(folder / "bundle/new.txt"), "new");
  EXPECT_FALSE(std::filesystem::exists(folder / "bundle/old.txt"));
  EXPECT_EQ(entries(folder.path()), 1u);
}

TEST(AtomicFolder, IsATemporaryUntilCommitted) {
  TemporaryFolder folder;
  write_file(folder / "bundle/old.txt", "old");
  auto dropped = AtomicFolder::create(folder / "bundle");
  ASSERT_OK(dropped);
  remove_temporaries();
  EXPECT_FALSE(std::filesystem::exists(dropped->temporary_path()));
  auto kept = AtomicFolder::create(folder / "bundle");
  ASSERT_OK(kept);
  write_file(kept->temporary_path() / "new.txt", "new");
  ASSERT_OK(kept->commit());
  remove_temporaries();
  EXPECT_EQ(read_file(folder / "bundle/new.txt"), "new");
}

}  // namespace
}  // namespace headrace

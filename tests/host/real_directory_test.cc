#include "sim/host/real_directory.h"

#include <doctest/doctest.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <memory>
#include <string>

#include "absl/strings/str_cat.h"

namespace gyre {
namespace {

namespace fs = std::filesystem;

class Parent {
 public:
  Parent() {
    char name[] = "/tmp/real-directory-test-XXXXXX";
    REQUIRE(mkdtemp(name) != nullptr);
    path_ = name;
  }
  ~Parent() { fs::remove_all(path_); }
  Parent(const Parent&) = delete;
  Parent& operator=(const Parent&) = delete;
  std::string path() const { return path_ + "/nodes"; }
  // What RealDirectories::For gives, below the parent.
  std::string For(RealDirectories& directories, uint32_t index, Files files = Files::kEmpty) const {
    const absl::StatusOr<std::string> directory = directories.For(index, files);
    REQUIRE(directory.ok());
    CHECK(fs::is_directory(*directory));
    return directory->substr(path().size());
  }

 private:
  std::string path_;
};

void Write(const std::string& path) { std::ofstream(path) << "text"; }

TEST_CASE("nodes of one run have directories of their own, of one length") {
  const Parent parent;
  RealDirectories directories(parent.path());
  CHECK(parent.For(directories, 0) == "/000/000");
  CHECK(parent.For(directories, 1) == "/000/001");
  CHECK(parent.For(directories, 25) == "/000/025");
  CHECK(directories.StandIn() == "/tmp/.g00");
}

TEST_CASE("runs side by side do not meet, and a place that is given back is empty") {
  const Parent parent;
  auto first = std::make_unique<RealDirectories>(parent.path());
  CHECK(parent.For(*first, 0) == "/000/000");
  RealDirectories second(parent.path());
  CHECK(parent.For(second, 0) == "/001/000");
  CHECK(second.StandIn() == "/tmp/.g01");
  Write(parent.path() + "/000/000/file");
  Write(parent.path() + "/001/000/file");
  first.reset();
  CHECK(fs::is_empty(parent.path() + "/000"));
  CHECK(fs::exists(parent.path() + "/001/000/file"));
  RealDirectories third(parent.path());
  CHECK(parent.For(third, 0) == "/000/000");
}

TEST_CASE("what a run left that was killed is gone") {
  const Parent parent;
  fs::create_directories(parent.path() + "/000/003/deep");
  Write(parent.path() + "/000/003/deep/file");
  RealDirectories directories(parent.path());
  CHECK(parent.For(directories, 0) == "/000/000");
  CHECK(!fs::exists(parent.path() + "/000/003"));
}

TEST_CASE("a node that starts again has its files or none") {
  const Parent parent;
  RealDirectories directories(parent.path());
  const std::string file = absl::StrCat(parent.path(), parent.For(directories, 0), "/file");
  Write(file);
  parent.For(directories, 1);
  parent.For(directories, 0, Files::kKept);
  CHECK(fs::exists(file));
  parent.For(directories, 0);
  CHECK(!fs::exists(file));
}

TEST_CASE("what is in the way is named") {
  const Parent parent;
  Write(parent.path());
  RealDirectories directories(parent.path());
  CHECK(directories.For(0, Files::kEmpty).status().message() ==
        absl::StrCat("cannot start a node: no directory can be made in ", parent.path(),
                     ": Not a directory; remove what is there"));
}

}  // namespace
}  // namespace gyre

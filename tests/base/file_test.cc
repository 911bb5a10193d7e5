#include "sim/base/file.h"

#include <doctest/doctest.h>
#include <sys/resource.h>
#include <sys/stat.h>

#include <csignal>
#include <cstdlib>
#include <filesystem>
#include <string>
#include <vector>

#include "sim/base/concat.h"

namespace gyre {
namespace {

// A directory of the test's own, gone at its end.
struct Scratch {
  Scratch() {
    char name[] = "/tmp/gyre-file-test-XXXXXX";
    REQUIRE(mkdtemp(name) != nullptr);
    path = name;
  }
  ~Scratch() { std::filesystem::remove_all(path); }
  std::string operator/(std::string_view name) const { return Concat(path, "/", name); }
  // The message with the directory's name as D.
  std::string Message(const absl::Status& status) const {
    std::string text(status.message());
    for (size_t at; (at = text.find(path)) != std::string::npos;) text.replace(at, path.size(), "D");
    return text;
  }
  std::string path;
};

TEST_CASE("what is written is read") {
  const Scratch d;
  const std::string bytes = std::string(200000, 'x') + '\0' + "end";
  REQUIRE(WriteFileAtomically(d / "a", "old").ok());
  REQUIRE(WriteFileAtomically(d / "a", bytes).ok());
  CHECK(*ReadFile(d / "a") == bytes);
  CHECK(*DigestOfFile(d / "a") == DigestOf(bytes));
  CHECK(*ListDirectory(d.path) == std::vector<std::string>{"a"});
}

TEST_CASE("errors in full") {
  const Scratch d;
  REQUIRE(WriteFileAtomically(d / "file", "").ok());
  CHECK(d.Message(ReadFile(d / "none").status()) == "cannot open D/none: No such file or directory");
  CHECK(d.Message(ReadFile(d.path).status()) == "cannot read D: Is a directory");
  CHECK(d.Message(WriteFileAtomically(d / "no/a", "x")) == "cannot write D/no/a: No such file or directory");
  CHECK(d.Message(AppendFile::Create(d / "file").status()) == "cannot create D/file: File exists");
  CHECK(d.Message(ListDirectory(d / "none").status()) == "cannot list D/none: No such file or directory");
  CHECK(d.Message(MakeDirectories(d / "file/a")) == "cannot make directory D/file: Not a directory");
  CHECK(d.Message(DigestOfFile(d / "none").status()) == "cannot open D/none: No such file or directory");
  CHECK(ReadFile(d / "none").status().code() == absl::StatusCode::kNotFound);
}

TEST_CASE("AppendFile keeps the order of small and large pieces") {
  const Scratch d;
  auto file = AppendFile::Create(d / "log");
  REQUIRE(file.ok());
  std::string expected;
  for (int i = 0; i < 300; ++i) {
    const std::string piece = Concat(i, ":", std::string(static_cast<size_t>(i % 7 == 0 ? 70000 : i), 'a'));
    (*file)->Append(piece);
    expected += piece;
  }
  REQUIRE((*file)->Flush().ok());
  CHECK(*ReadFile(d / "log") == expected);
  (*file)->Append("last");
  CHECK((*file)->Close().ok());
  CHECK((*file)->Close().ok());
  CHECK(*ReadFile(d / "log") == expected + "last");
}

TEST_CASE("a full disk is told, and ends nothing") {
  const Scratch d;
  rlimit before;
  REQUIRE(getrlimit(RLIMIT_FSIZE, &before) == 0);
  const auto handler = std::signal(SIGXFSZ, SIG_IGN);
  const rlimit small{100000, before.rlim_max};
  REQUIRE(setrlimit(RLIMIT_FSIZE, &small) == 0);

  auto file = AppendFile::Create(d / "log");
  REQUIRE(file.ok());
  for (int i = 0; i < 1000; ++i) (*file)->Append(std::string(1000, 'x'));
  const absl::Status appended = (*file)->Close();
  const absl::Status written = WriteFileAtomically(d / "whole", std::string(200000, 'x'));

  REQUIRE(setrlimit(RLIMIT_FSIZE, &before) == 0);
  std::signal(SIGXFSZ, handler);
  CHECK(d.Message(appended) == "cannot write D/log: File too large");
  CHECK(d.Message(written) == "cannot write D/whole: File too large");
  CHECK(*ListDirectory(d.path) == std::vector<std::string>{"log"});  // no temporary file is left
}

TEST_CASE("directories are made with their parents, and listed in order") {
  const Scratch d;
  REQUIRE(MakeDirectories(d / "a/b//c/").ok());
  REQUIRE(MakeDirectories(d / "a/b/c").ok());
  REQUIRE(MakeDirectories(d / "a/Z").ok());
  REQUIRE(MakeDirectories(d / "a/10").ok());
  CHECK(*ListDirectory(d / "a") == std::vector<std::string>{"10", "Z", "b"});
  CHECK(Exists(d / "a/b/c"));
  CHECK(!Exists(d / "a/c"));
  CHECK(MakeDirectories("/").ok());
}

TEST_CASE("programs are found in PATH, then in the directory") {
  const Scratch d;
  for (const char* program : {"bin/tool", "bin/both", "here/both", "here/local", "here/sub/deep"}) {
    const std::string path = d / program;
    REQUIRE(MakeDirectories(path.substr(0, path.rfind('/'))).ok());
    REQUIRE(WriteFileAtomically(path, "#!/bin/sh\n").ok());
    REQUIRE(chmod(path.c_str(), 0755) == 0);
  }
  REQUIRE(WriteFileAtomically(d / "here/plain", "").ok());

  struct {
    std::string name;
    const char* expected;
  } const kRows[] = {
      {"tool", "D/bin/tool"},
      {"both", "D/bin/both"},
      {"local", "D/here/local"},
      {"./local", "D/here/local"},
      {"sub/deep", "D/here/sub/deep"},
      {d / "bin/tool", "D/bin/tool"},
      {"./tool", "cannot run D/here/tool: No such file or directory"},
      {"plain", "cannot run D/here/plain: not executable (chmod +x makes it so)"},
      {"./sub", "cannot run D/here/sub: Is a directory"},
      {"none", "no program 'none' in PATH or in D/here (a path such as ./none names one)"},
      {"", "no program is named"},
  };
  for (const auto& row : kRows) {
    const absl::StatusOr<std::string> found = ResolveProgram(row.name, Concat("/nowhere::", d / "bin"), d / "here");
    CHECK(d.Message(found.ok() ? absl::InternalError(*found) : found.status()) == row.expected);
  }
}

}  // namespace
}  // namespace gyre

#include "tests/tools/golden.h"

#include <doctest/doctest.h>
#include <stdlib.h>

#include <cstdio>

#include "sim/base/concat.h"
#include "sim/base/file.h"
#include "tools/store.h"

namespace gyre {
namespace {

// A stream that writes to a string.
class Capture {
 public:
  Capture() : stream_(open_memstream(&bytes_, &size_)) {}
  ~Capture() {
    std::fclose(stream_);
    free(bytes_);
  }
  Capture(const Capture&) = delete;
  Capture& operator=(const Capture&) = delete;
  FILE* stream() { return stream_; }
  std::string text() {
    std::fflush(stream_);
    return std::string(bytes_, size_);
  }

 private:
  char* bytes_ = nullptr;
  size_t size_ = 0;
  FILE* stream_;
};

}  // namespace

std::string SourceRoot() {
  const char* root = getenv("GYRE_SOURCE");
  return root == nullptr ? "." : root;
}

void CheckGolden(const std::string& name, std::string_view text) {
  const std::string path = Concat(SourceRoot(), "/tests/golden/", name);
  if (getenv("GYRE_UPDATE_GOLDEN") != nullptr) {
    CHECK(WriteFileAtomically(path, text).ok());
    return;
  }
  const absl::StatusOr<std::string> golden = ReadFile(path);
  REQUIRE_MESSAGE(golden.ok(), "no golden text ", path, "; make it with GYRE_UPDATE_GOLDEN=1");
  CHECK_MESSAGE(*golden == text, "differs from ", path, ":\n", std::string(text));
}

std::string Transcript(const Words& words) {
  Capture out;
  Capture err;
  Console console;
  console.out = out.stream();
  console.err = err.stream();
  const ExitStatus status = RunCommand(words, console);
  std::string text = "$ gyre";
  for (const std::string& word : words) text += " " + EscapeForTerminal(ShellWord(word));
  text += "\n" + out.text();
  if (!err.text().empty()) text += "[stderr]\n" + err.text();
  return Concat(text, "[status ", static_cast<int>(status), "]\n");
}

TemporaryDirectory::TemporaryDirectory() : path_("/tmp/gyre-test-XXXXXX") { REQUIRE(mkdtemp(path_.data()) != nullptr); }

TemporaryDirectory::~TemporaryDirectory() { RemoveTree(path_); }

}  // namespace gyre

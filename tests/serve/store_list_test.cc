#include "tools/serve/store_list.h"

#include <doctest/doctest.h>
#include <unistd.h>

#include <filesystem>

#include "sim/base/concat.h"
#include "sim/base/file.h"
#include "sim/base/json.h"
#include "tools/serve/sweep_list.h"

namespace gyre {
namespace {

class Store {
 public:
  Store() {
    REQUIRE(mkdtemp(path_) != nullptr);
    Write("../secret", "not of the store");
  }
  ~Store() {
    std::error_code ignored;
    std::filesystem::remove_all(path_, ignored);
  }
  std::string root() const { return Concat(path_, "/store"); }
  void Write(std::string_view name, std::string_view text) const {
    const std::string path = Concat(root(), "/", name);
    REQUIRE(MakeDirectories(root()).ok());
    REQUIRE(MakeDirectories(path.substr(0, path.rfind('/'))).ok());
    REQUIRE(WriteFileAtomically(path, text).ok());
  }

 private:
  char path_[32] = "/tmp/gyre-store-XXXXXX";
};

constexpr char kRun[] =
    R"({"format":1,"config":{"nodes":["n1"],"nemesis":""},"result":{"valid":true,"seed":7,"text":null}})";

Json Listed(StoreList& list) {
  const absl::StatusOr<std::string> text = list.Json();
  REQUIRE(text.ok());
  return *ParseJson(*text);
}

TEST_CASE("whole, broken and half-written runs, as the store grows and shrinks") {
  const Store store;
  StoreList list(store.root());
  CHECK(Listed(list).Find("runs")->AsArray().empty());
  store.Write("echo/20300101T120000-7-aaaaaa/run.json", kRun);
  store.Write("echo/20300101T120001-8-bbbbbb/run.json", "{\"format\":1,\"conf");
  store.Write("echo/20300101T120002-9-cccccc/journal", "");
  store.Write("echo/.partial-12-dddddd/journal", "");
  store.Write("echo/a file", "");
  REQUIRE(symlink("echo/20300101T120000-7-aaaaaa", (store.root() + "/latest").c_str()) == 0);
  Json json = Listed(list);
  CHECK(*json.Find("writing") == Json(1));
  const Json::Array runs = json.Find("runs")->AsArray();
  REQUIRE(runs.size() == 3);
  CHECK(runs[0].Dump() == R"({"id":"echo/20300101T120000-7-aaaaaa","workload":"echo",)"
                          R"("name":"20300101T120000-7-aaaaaa",)"
                          R"("valid":true,"seed":7,"text":null,"nodes":1,"nemesis":""})");
  CHECK(*runs[1].Find("error") == Json("run.json is not whole, or not one of this version of gyre"));
  CHECK(runs[2].Find("error")->AsString().find("cannot open") == 0);
  std::filesystem::remove_all(store.root() + "/echo/20300101T120001-8-bbbbbb");
  store.Write("echo/20300101T120002-9-cccccc/run.json", kRun);
  json = Listed(list);
  REQUIRE(json.Find("runs")->AsArray().size() == 2);
  CHECK(json.Find("runs")->AsArray()[1].Find("error") == nullptr);
  std::filesystem::remove_all(store.root());
  CHECK_FALSE(list.Json().ok());
}

TEST_CASE("nothing outside of a run is found, whatever the request says") {
  const Store store;
  store.Write("echo/run-1/run.json", kRun);
  store.Write("echo/run-1/node-logs/n1.log", "hello");
  store.Write("echo/.partial-1-x/run.json", kRun);
  store.Write("top", "");
  const std::string run = store.root() + "/echo/run-1";
  REQUIRE(symlink("/etc/passwd", (run + "/link").c_str()) == 0);
  REQUIRE(symlink("/etc", (run + "/directory").c_str()) == 0);
  REQUIRE(symlink("/etc", (store.root() + "/echo/run-2").c_str()) == 0);
  const StoreList list(store.root());
  CHECK(list.RunDirectory("echo/run-1").ok());
  CHECK(list.RunFile("echo/run-1", "run.json").ok());
  CHECK(list.RunFile("echo/run-1", "node-logs/n1.log").ok());
  const std::string nul("echo/run-1\0", 11);
  const std::string_view ids[] = {
      "",        "/",        "echo",  "echo/", "/run-1",  "../secret",            "echo/..",
      "echo/.",  "../store", "..",    "./echo", nul,      "echo/run-1/node-logs", "echo/../../secret",
      "echo/.partial-1-x",   "echo/run-2",     "echo/run-9"};
  for (const std::string_view id : ids) {
    CHECK_MESSAGE(!list.RunDirectory(id).ok(), std::string(id));
  }
  for (const char* path : {"", ".", "..", "../run-1", "../../../secret", "node-logs", "node-logs/../../../../secret",
                           "/etc/passwd", "link", "directory/passwd", "none"}) {
    CHECK_MESSAGE(!list.RunFile("echo/run-1", path).ok(), path);
  }
}

constexpr char kHead[] = R"({"gyre-sweep":1,"workload":"echo","first":1,"last":9,"command":"gyre sweep"})";

TEST_CASE("sweeps are counted as they grow, by whole lines") {
  const Store store;
  SweepList list(store.root());
  CHECK(list.Json() == "[]");
  const std::string path = "sweeps/20300101T120000-echo.jsonl";
  const std::string two = Concat(kHead, "\n{\"seed\":1,\"state\":\"valid\"}\n{\"seed\":3,\"state\":\"inv");
  store.Write(path, two);
  const auto told = [](std::string_view counts) {
    return Concat(R"({"name":"20300101T120000-echo","workload":"echo","first":1,"last":9,)", counts, "}");
  };
  CHECK(list.Json() == Concat("[", told(R"("valid":1,"invalid":0,"unknown":0,"broken":0)"), "]"));
  store.Write(path, two + "alid\"}\n{\"seed\":2,\"state\":\"unknown\"}\n{\"seed\":4,\"state\":\"odd\"}\nnot JSON\n");
  const std::string grown = told(R"("valid":1,"invalid":1,"unknown":1,"broken":0)");
  CHECK(list.Json() == Concat("[", grown, "]"));
  // The newest first; what is no record says so; other files are none.
  store.Write("sweeps/20300102T120000-echo.jsonl", "{\"seed\":1}\n");
  store.Write("sweeps/.hidden.jsonl", kHead);
  store.Write("sweeps/notes.txt", "");
  CHECK(list.Json() == Concat(R"([{"name":"20300102T120000-echo","valid":0,"invalid":0,"unknown":0,"broken":0,)"
                              R"("error":"not the record of a sweep, or not one of this version of gyre"},)",
                              grown, "]"));
  // They are no workload's runs.
  StoreList runs(store.root());
  CHECK(Listed(runs).Find("runs")->AsArray().empty());
  std::filesystem::remove_all(store.root() + "/sweeps");
  CHECK(list.Json() == "[]");
}

TEST_CASE("a request finds the records of sweeps and nothing else") {
  const Store store;
  const StoreList list(store.root());
  CHECK_FALSE(list.SweepFile("20300101T120000-echo").ok());
  store.Write("sweeps/20300101T120000-echo.jsonl", kHead);
  store.Write("echo/run-1/history.jsonl", "");
  REQUIRE(symlink("/etc/passwd", (store.root() + "/sweeps/link.jsonl").c_str()) == 0);
  std::filesystem::create_directory(store.root() + "/sweeps/folder.jsonl");
  CHECK(list.SweepFile("20300101T120000-echo").ok());
  for (const char* name : {"", ".", "..", "link", "folder", "../echo/run-1/history", "20300101T120000-echo.jsonl",
                           "/etc/passwd"}) {
    CHECK_MESSAGE(!list.SweepFile(name).ok(), name);
  }
  CHECK(list.SweepFile("none").status().message() == "There is no sweep none in this store.");
}

}  // namespace
}  // namespace gyre

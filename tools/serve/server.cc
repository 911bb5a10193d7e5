#include "tools/serve/server.h"

#include <httplib.h>
#include <sys/socket.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <fstream>
#include <utility>
#include <vector>

#include "absl/strings/numbers.h"
#include "absl/strings/str_split.h"
#include "sim/base/check.h"
#include "sim/base/concat.h"
#include "sim/base/file.h"
#include "sim/base/json.h"
#include "tools/plot/cycle_picture.h"
#include "tools/plot/performance.h"
#include "tools/plot/space_time.h"
#include "tools/plot/timeline.h"
#include "tools/plot/witness_picture.h"
#include "tools/run/run_files.h"
#include "tools/serve/open_runs.h"
#include "tools/serve/page_files.h"
#include "tools/serve/run_story.h"
#include "tools/serve/store_list.h"
#include "tools/serve/sweep_list.h"
#include "tools/serve/windows.h"

namespace gyre {
namespace {

constexpr char kJson[] = "application/json";
constexpr size_t kPiece = 1u << 20;      // of a file that is sent
constexpr std::string_view kAnomaly = "anomaly-";
constexpr size_t kTimelineCalls = 10'000;
constexpr int64_t kLongest = INT64_MAX / 4;  // ns: what a request may name as a time

// The page runs its own scripts and no others.
constexpr char kPagePolicy[] =
    "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self'; connect-src 'self'; "
    "frame-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'self'";
// A file of a run runs nothing, whatever a node wrote into it.
constexpr char kFilePolicy[] = "sandbox; default-src 'none'; style-src 'unsafe-inline'; img-src data:";

using Request = httplib::Request;
using Response = httplib::Response;

void Fail(Response& response, int status, std::string_view sentence) {
  response.status = status;
  response.set_content(Json::ObjectOf({{"error", sentence}}).Dump(), kJson);
}

void Fail(Response& response, const absl::Status& status) {
  Fail(response, status.code() == absl::StatusCode::kNotFound ? 404 : 422, ToStd(status.message()));
}

bool IsLoopback(std::string_view host) {
  const bool numbers = host.find_first_not_of("0123456789.") == std::string_view::npos;
  return host == "localhost" || host == "::1" || (numbers && host.starts_with("127."));
}

// "localhost:8080", "[::1]:8080" and "127.0.0.1" without their port and brackets.
std::string HostName(std::string_view header) {
  if (header.starts_with('[')) return std::string(header.substr(1, header.find(']') - 1));
  return std::string(header.substr(0, header.find(':')));
}

template <typename T>
bool Parameter(const Request& request, const char* name, T* value) {
  return request.has_param(name) && absl::SimpleAtoi(request.get_param_value(name), value);
}

std::vector<uint32_t> NumberList(const Request& request, const char* name) {
  std::vector<uint32_t> numbers;
  for (const absl::string_view each : absl::StrSplit(request.get_param_value(name), ',', absl::SkipEmpty())) {
    uint32_t number = 0;
    if (absl::SimpleAtoi(each, &number)) numbers.push_back(number);
  }
  std::sort(numbers.begin(), numbers.end());
  return numbers;
}

const char* TypeOf(std::string_view path) {
  constexpr std::pair<std::string_view, const char*> kTypes[] = {
      {".svg", "image/svg+xml"},        {".html", "text/html; charset=utf-8"}, {".json", "text/plain; charset=utf-8"},
      {".jsonl", "text/plain; charset=utf-8"}, {".edn", "text/plain; charset=utf-8"},
      {".txt", "text/plain; charset=utf-8"},   {".log", "text/plain; charset=utf-8"}};
  for (const auto& [ending, type] : kTypes) {
    if (path.ends_with(ending)) return type;
  }
  return "application/octet-stream";
}

// The bytes that are there now, read as they are sent.
void SendBytes(const std::string& path, const char* type, std::string_view name, Response& response) {
  const std::shared_ptr<std::ifstream> file = std::make_shared<std::ifstream>(path, std::ios::binary | std::ios::ate);
  if (!*file) return Fail(response, 404, Concat("The file ", name, " cannot be opened."));
  const size_t size = static_cast<size_t>(file->tellg());
  if (size == 0) return response.set_content("", type);
  response.set_content_provider(size, type, [file](size_t offset, size_t length, httplib::DataSink& sink) {
    std::string piece(std::min(length, kPiece), '\0');
    file->clear();
    file->seekg(static_cast<std::streamoff>(offset));
    file->read(piece.data(), static_cast<std::streamsize>(piece.size()));
    return file->gcount() > 0 && sink.write(piece.data(), static_cast<size_t>(file->gcount()));
  });
}

}  // namespace

struct Server::State {
  explicit State(const ServerOptions& given) : options(given), list(given.store), sweeps(given.store) {}

  // Handlers; the run is the first two groups of the address.
  static std::string IdOf(const Request& request) {
    return Concat(request.matches[1].str(), "/", request.matches[2].str());
  }

  void AddRoutes();
  bool Refused(const Request& request, Response& response) const;
  std::shared_ptr<OpenRun> OpenFor(const Request& request, Response& response);
  const JournalIndex* IndexOf(OpenRun& run, Response& response);
  void SendFile(const Request& request, Response& response);
  void SendPicture(const Request& request, Response& response);
  void SendAnomaly(const Request& request, Response& response, const History& history);
  void SendWindow(const Request& request, Response& response, const JournalIndex& index);
  void SendOperation(const Request& request, Response& response, OpenRun& run);
  void SendMoment(const Request& request, Response& response, const JournalIndex& index);
  // Answers with what `answer` makes of the run's index.
  template <typename Answer>
  httplib::Server::Handler WithIndex(Answer answer) {
    return [this, answer](const Request& request, Response& response) {
      const std::shared_ptr<OpenRun> run = OpenFor(request, response);
      const JournalIndex* index = run == nullptr ? nullptr : IndexOf(*run, response);
      if (index != nullptr) answer(request, response, *index);
    };
  }

  const ServerOptions options;
  StoreList list;
  SweepList sweeps;
  OpenRuns open;
  httplib::Server http;
  int port = 0;
};

bool Server::State::Refused(const Request& request, Response& response) const {
  // Another site's page that has its name point here must not read the store.
  if (!IsLoopback(options.host) || IsLoopback(HostName(request.get_header_value("Host")))) return false;
  Fail(response, 403, "This server answers to localhost only.");
  return true;
}

std::shared_ptr<OpenRun> Server::State::OpenFor(const Request& request, Response& response) {
  const absl::StatusOr<std::string> directory = list.RunDirectory(IdOf(request));
  if (directory.ok()) return open.Open(*directory);
  Fail(response, directory.status());
  return nullptr;
}

const JournalIndex* Server::State::IndexOf(OpenRun& run, Response& response) {
  const absl::StatusOr<const JournalIndex*> index = run.Index();
  if (!index.ok()) {
    Fail(response, index.status());
    return nullptr;
  }
  if (*index == nullptr) {
    response.status = 202;
    response.set_content(Json::ObjectOf({{"state", "indexing"}, {"progress", run.progress()}}).Dump(), kJson);
  }
  return *index;
}

void Server::State::SendFile(const Request& request, Response& response) {
  const std::string name = request.matches[3].str();
  const absl::StatusOr<std::string> path = list.RunFile(IdOf(request), name);
  if (!path.ok()) return Fail(response, path.status());
  response.set_header("Content-Security-Policy", kFilePolicy);
  if (request.has_param("download")) response.set_header("Content-Disposition", "attachment");
  SendBytes(*path, TypeOf(name), name, response);
}

void Server::State::SendPicture(const Request& request, Response& response) {
  const std::string name = request.matches[3].str();
  const std::shared_ptr<OpenRun> run = OpenFor(request, response);
  if (run == nullptr) return;
  response.set_header("Content-Security-Policy", kFilePolicy);
  if (name == "messages.svg") {
    SpaceTimeOptions window;
    int64_t from = 0;
    if (Parameter(request, "from", &from)) window.from = Instant(from);
    const absl::StatusOr<std::string> path = list.RunFile(IdOf(request), kJournalFile);
    const absl::StatusOr<std::string> picture = path.ok() ? SpaceTime(*path, window) : path.status();
    if (!picture.ok()) return Fail(response, picture.status());
    return response.set_content(*picture, TypeOf(name));
  }
  const absl::StatusOr<const History*> history = run->GetHistory();
  if (!history.ok()) return Fail(response, history.status());
  if (name.starts_with(kAnomaly)) return SendAnomaly(request, response, **history);
  if (name == "latency-raw.svg") return response.set_content(LatencyRaw(**history), TypeOf(name));
  if (name == "latency-quantiles.svg") return response.set_content(LatencyQuantiles(**history), TypeOf(name));
  if (name == "rate.svg") return response.set_content(Rate(**history), TypeOf(name));
  if (name == "timeline.html") return response.set_content(Timeline(**history, kTimelineCalls), TypeOf(name));
  Fail(response, 404, Concat("There is no picture ", name, "."));
}

// "anomaly-2.svg": the third in results.json.
void Server::State::SendAnomaly(const Request& request, Response& response, const History& history) {
  const std::string name = request.matches[3].str();
  const std::string number = name.substr(kAnomaly.size(), name.find('.') - kAnomaly.size());
  size_t place = 0;
  const absl::StatusOr<std::string> path = list.RunFile(IdOf(request), "results.json");
  const absl::StatusOr<std::string> text = path.ok() ? ReadFile(*path) : path.status();
  const absl::StatusOr<Json> results = text.ok() ? ParseJson(*text) : text.status();
  const Json* all = results.ok() ? results->Find("anomalies") : nullptr;
  if (all == nullptr || !all->is_array() || !absl::SimpleAtoi(number, &place) || place >= all->AsArray().size()) {
    return Fail(response, 404, "There is no such anomaly.");
  }
  const Json& told = all->AsArray()[place];
  const Json* kind = told.Find("kind");
  const Json* witness = told.Find("witness");
  if (kind == nullptr || !kind->is_string() || witness == nullptr) return Fail(response, 404, "It has no picture.");
  const Anomaly anomaly{kind->AsString(), "", *witness};
  if (!HasPicture(anomaly) && !NamesOperations(anomaly)) return Fail(response, 404, "It has no picture.");
  const bool cycle = HasPicture(anomaly);
  response.set_content(cycle ? CyclePicture(history, anomaly) : WitnessPicture(history, anomaly), "image/svg+xml");
}

void Server::State::SendWindow(const Request& request, Response& response, const JournalIndex& index) {
  Window window;
  window.hidden_nodes = NumberList(request, "hide");
  window.types = NumberList(request, "types");
  if (!Parameter(request, "from", &window.from) || !Parameter(request, "to", &window.to) ||
      window.from < -kLongest || window.to > kLongest || window.from >= window.to) {
    return Fail(response, 422, "A window has from and to, in nanoseconds, from before to.");
  }
  response.set_content(WindowJson(index, window), kJson);
}

void Server::State::SendOperation(const Request& request, Response& response, OpenRun& run) {
  const absl::StatusOr<const History*> history = run.GetHistory();
  if (!history.ok()) return Fail(response, history.status());
  uint32_t position = 0;
  if (!absl::SimpleAtoi(request.matches[3].str(), &position) || position >= (*history)->size()) {
    return Fail(response, 404, "There is no such operation.");
  }
  const absl::StatusOr<const JournalIndex*> index = run.Index();
  response.set_content(OperationJson(**history, index.ok() ? *index : nullptr, position), kJson);
}

void Server::State::SendMoment(const Request& request, Response& response, const JournalIndex& index) {
  int64_t time = 0;
  if (!Parameter(request, "t", &time) || time < -kLongest || time > kLongest) {
    return Fail(response, 422, "A moment has t, in nanoseconds.");
  }
  const absl::StatusOr<std::string> directory = list.RunDirectory(IdOf(request));
  if (!directory.ok()) return Fail(response, directory.status());
  response.set_content(
      Concat("{\"underWay\":", UnderWayJson(index, time), ",\"logs\":", LogsJson(*directory, time), "}"), kJson);
}

void Server::State::AddRoutes() {
  http.set_pre_routing_handler([this](const Request& request, Response& response) {
    return Refused(request, response) ? httplib::Server::HandlerResponse::Handled
                                      : httplib::Server::HandlerResponse::Unhandled;
  });
  http.set_default_headers({{"X-Content-Type-Options", "nosniff"}, {"Cache-Control", "no-store"},
                            {"Referrer-Policy", "no-referrer"}, {"Cross-Origin-Resource-Policy", "same-origin"}});
  for (const PageFile& file : PageFiles()) {
    const auto send = [&file](const Request&, Response& response) {
      response.set_header("Content-Security-Policy", kPagePolicy);
      response.set_content(file.bytes.data(), file.bytes.size(), std::string(file.type));
    };
    http.Get(Concat("/page/", file.name), send);
    if (file.name == "index.html") {
      http.Get("/", send).Get(R"(/run/[^/]+/[^/]+)", send).Get(R"(/sweep/[^/]+)", send);
    }
  }
  const std::string run = R"(/([^/]+)/([^/]+))";
  http.Get("/api/runs", [this](const Request&, Response& response) {
    const absl::StatusOr<std::string> runs = list.Json();
    if (!runs.ok()) return Fail(response, runs.status());
    response.set_content(*runs, kJson);
  });
  http.Get("/api/sweeps", [this](const Request&, Response& response) { response.set_content(sweeps.Json(), kJson); });
  http.Get("/api/sweep/([^/]+)", [this](const Request& request, Response& response) {
    const std::string name = request.matches[1].str();
    const absl::StatusOr<std::string> path = list.SweepFile(name);
    if (!path.ok()) return Fail(response, path.status());
    SendBytes(*path, "application/jsonl", name, response);
  });
  http.Get("/api/run" + run, [this](const Request& request, Response& response) {
    const absl::StatusOr<std::string> directory = list.RunDirectory(IdOf(request));
    if (!directory.ok()) return Fail(response, directory.status());
    response.set_content(StoryJson(*directory, IdOf(request)), kJson);
  });
  http.Get("/api/calls" + run, [this](const Request& request, Response& response) {
    const std::shared_ptr<OpenRun> opened = OpenFor(request, response);
    if (opened == nullptr) return;
    const absl::StatusOr<const History*> history = opened->GetHistory();
    if (!history.ok()) return Fail(response, history.status());
    response.set_content(CallsJson(**history), kJson);
  });
  http.Get("/api/operation" + run + "/([0-9]+)", [this](const Request& request, Response& response) {
    const std::shared_ptr<OpenRun> opened = OpenFor(request, response);
    if (opened != nullptr) SendOperation(request, response, *opened);
  });
  http.Get("/api/overview" + run, WithIndex([](const Request&, Response& response, const JournalIndex& index) {
    response.set_content(OverviewJson(index), kJson);
  }));
  http.Get("/api/window" + run, WithIndex([this](const Request& asked, Response& response, const JournalIndex& index) {
    SendWindow(asked, response, index);
  }));
  http.Get("/api/message" + run + "/([0-9]+)",
           WithIndex([](const Request& request, Response& response, const JournalIndex& index) {
             uint64_t number = 0;
             if (!absl::SimpleAtoi(request.matches[3].str(), &number) || number >= index.messages().size()) {
               return Fail(response, 404, "There is no such message.");
             }
             response.set_content(MessageJson(index, number), kJson);
           }));
  http.Get("/api/moment" + run, WithIndex([this](const Request& asked, Response& response, const JournalIndex& index) {
    SendMoment(asked, response, index);
  }));
  http.Get("/file" + run + "/(.+)",
           [this](const Request& request, Response& response) { SendFile(request, response); });
  http.Get("/picture" + run + "/([^/]+)",
           [this](const Request& request, Response& response) { SendPicture(request, response); });
  http.set_error_handler([](const Request&, Response& response) {
    if (response.body.empty()) Fail(response, response.status, "There is nothing at this address.");
  });
}

Server::Server(std::unique_ptr<State> state) : state_(std::move(state)) {}
Server::~Server() = default;

absl::StatusOr<std::unique_ptr<Server>> Server::Listen(const ServerOptions& options) {
  if (!IsDirectory(options.store)) {
    return absl::NotFoundError(Concat("There is no store at ", options.store,
                                      ": name the directory that `gyre test --store` wrote, store if none was named."));
  }
  std::unique_ptr<State> state = std::make_unique<State>(options);
  state->AddRoutes();
  // By default two servers could share a port, and answer in turn.
  state->http.set_socket_options([](socket_t socket) {
    const int yes = 1;
    setsockopt(socket, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof yes);
  });
  errno = 0;
  const bool any = options.port == 0;
  state->port = any ? state->http.bind_to_any_port(options.host) : options.port;
  if (any ? state->port <= 0 : !state->http.bind_to_port(options.host, options.port)) {
    return absl::UnavailableError(Concat("Cannot listen on ", options.host, ":", options.port, ": ",
                                         errno == 0 ? "no such address here" : std::strerror(errno),
                                         "; name another with --port, or --port 0 for any that is free."));
  }
  return std::unique_ptr<Server>(new Server(std::move(state)));
}

int Server::port() const { return state_->port; }

std::string Server::address() const {
  const std::string& host = state_->options.host;
  const bool brackets = host.find(':') != std::string::npos;
  return Concat("http://", brackets ? "[" : "", host, brackets ? "]" : "", ":", state_->port, "/");
}

void Server::Run() { state_->http.listen_after_bind(); }
void Server::Stop() { state_->http.stop(); }

}  // namespace gyre

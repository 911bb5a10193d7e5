// Server: a store as a web page, over HTTP. README.md of this folder has its addresses. It only reads the store.
// Nothing that a node printed leaves it but as JSON strings, or as files that a browser may not run anything of.
#pragma once

#include <memory>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"

namespace gyre {

struct ServerOptions {
  std::string store = "store";
  std::string host = "127.0.0.1";
  int port = 8080;  // 0: any that is free
};

class Server {
 public:
  // Listens. Errors: no such store; the port is taken, or the address is not this machine's.
  static absl::StatusOr<std::unique_ptr<Server>> Listen(const ServerOptions& options);
  ~Server();
  Server(const Server&) = delete;
  Server& operator=(const Server&) = delete;

  int port() const;
  std::string address() const;  // "http://127.0.0.1:8080/"
  // Answers until Stop.
  void Run();
  // From any thread.
  void Stop();

 private:
  struct State;
  explicit Server(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

}  // namespace gyre

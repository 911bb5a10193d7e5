// What all services share: a line to a request, a reply to a line, and the requests of a map checked for their shape.
#pragma once

#include <string>
#include <string_view>

#include "sim/base/json.h"
#include "sim/base/rng.h"
#include "sim/node.h"
#include "sim/services/services.h"

namespace gyre {

// A node that answers each line on its own.
class Service : public Node {
 public:
  Service(std::string_view name, const ServiceOptions& options) : name_(name), options_(options) {}

  absl::Status Start(LocalInstant, uint32_t, Files) override { return absl::OkStatus(); }
  StepResult Step(LocalInstant now, absl::Span<const std::string> inbox, LocalInstant until) override;
  StepResult Kill(LocalInstant now) override;

 protected:
  // The reply's body, without in_reply_to, to a request of that type.
  virtual Json Answer(const std::string& client, const std::string& type, const Json& body) = 0;
  // What is decided for the request that is being answered.
  int64_t Choose(absl::FunctionRef<int64_t(Draw&)> draw) const;
  const ServiceOptions& options() const { return options_; }

 private:
  std::string Reply(const std::string& line);

  std::string name_;
  ServiceOptions options_;
  uint64_t requests_ = 0;
  LocalInstant now_;
};

// {"type": "error", "code", "text"}
Json ErrorBody(int code, std::string text);

// A request to a map, understood.
struct KvRequest {
  enum class Type : uint8_t { kRead, kWrite, kCas };
  Type type = Type::kRead;
  Json key;
  Json value;           // to write
  Json from;            // of kCas
  bool create = false;  // of kCas: a key that does not exist is made
};

// What a request does to a key's value, nullptr for a key that does not exist: the reply, and the value to be written,
// if any.
struct KvEffect {
  Json reply;
  bool writes = false;
};
KvEffect ApplyKv(const KvRequest& request, const Json* current);

// A service whose requests are those of a map.
class KvService : public Service {
 public:
  using Service::Service;

 protected:
  Json Answer(const std::string& client, const std::string& type, const Json& body) final;
  virtual Json AnswerKv(const std::string& client, const KvRequest& request) = 0;
};

struct HashJson {
  size_t operator()(const Json& json) const { return json.Hash(); }
};

}  // namespace gyre

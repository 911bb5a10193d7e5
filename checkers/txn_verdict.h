// What the checkers of transactions find, and what verdict it makes under the models that a history should obey: Elle's
// result, key by key. One thread.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "checkers/check_options.h"
#include "checkers/consistency_models.h"
#include "checkers/verdict.h"
#include "sim/base/json.h"

namespace gyre {

// What a history of transactions should be.
struct IsolationOptions {
  std::vector<std::string> models{"strict-serializable"};  // names of ConsistencyModelNames()
  std::vector<std::string> anomalies;                      // beside what the models forbid
  // Of registers: what else is known of the order of a key's versions.
  bool writes_follow_reads = false;  // in a transaction
  bool sequential_keys = false;      // each key is sequentially consistent
  bool linearizable_keys = false;    // each key is linearizable
  // Models are meant as testers of weak isolation mean them, where the order of processes is part of each of them.
  Sessions sessions = Sessions::kApart;
};

// One anomaly: as Elle has it in its result, and for people.
struct TxnFinding {
  Json details;
  std::string text;
  Json witness;
};

class TxnFindings {
 public:
  // Of a kind all are counted, and the first kMaxAnomaliesOfAKind kept: asked before one is made at some cost.
  bool WantsMore(std::string_view kind) const;
  void Add(std::string_view kind, TxnFinding finding);
  void Count(std::string_view kind) { ++Of(kind).count; }
  AnomalySet kinds() const;
  // Whether no model would be ruled out by an anomaly of that kind that is not ruled out already.
  bool ShowsNothingNew(std::string_view kind, Sessions sessions = Sessions::kApart) const;

  // {valid?} if nothing was found that the models forbid or that leaves the answer open, else {valid?, anomaly-types,
  // anomalies {kind [...]}, anomaly-counts {kind n}, not, also-not}.
  Verdict ToVerdict(const IsolationOptions& options) &&;

 private:
  struct Kind {
    uint64_t count = 0;
    std::vector<TxnFinding> kept;
  };
  Kind& Of(std::string_view kind);
  std::map<std::string, Kind, std::less<>> found_;
};

// No dependency was found at all, so nothing was checked: the verdict is unknown.
inline constexpr char kEmptyGraph[] = "empty-transaction-graph";

// The order of which clients are told makes a difference to what is forbidden: of real time, of processes, or none.
enum class ClientOrder : uint8_t { kNone, kProcess, kRealtime };
ClientOrder OrderThatMatters(const IsolationOptions& options);

// A verdict of unknown, with the reason.
Verdict NotCheckable(std::string_view error);

}  // namespace gyre

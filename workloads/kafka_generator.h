// What the clients of the kafka workload do: send, poll, change the keys that they poll, crash; and at the end read
// everything from its beginning. After Jepsen's tests/kafka.clj. One thread.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <string>

#include "sim/generator.h"
#include "workloads/txn_generator.h"

namespace gyre {

// The highest offset of each key that any client was told of: noted in the main phase, read up to in the end.
using KafkaHighest = std::map<std::string, int64_t>;

// Sends and polls of the keys of a pool, as likely, without end: [["send", key, message]] and [["poll"]]. Now and then
// an assign of the key that the next operation is about instead; every third assign also has the keys of which messages
// were acknowledged that no poll has reached.
GeneratorPtr KafkaOperations(std::string path, const TxnLoad& options, std::shared_ptr<KafkaHighest> highest);

// For each thread: a crash, an assign of all keys, from the beginning (a final one), and polls until they have reached
// the highest offset of each key; again if the thread goes on as a new process. Ends when done, or after `limit`.
GeneratorPtr KafkaFinalPolls(std::string path, Duration limit, std::shared_ptr<const KafkaHighest> highest);

}  // namespace gyre

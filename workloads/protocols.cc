#include "workloads/protocols.h"

#include "workloads/broadcast.h"
#include "workloads/counter.h"
#include "workloads/echo.h"
#include "workloads/g_set.h"
#include "workloads/kafka.h"
#include "workloads/lin_kv.h"
#include "workloads/txn.h"
#include "workloads/unique_ids.h"

namespace gyre {

std::vector<const Protocol*> Protocols() {
  return {&BroadcastProtocol(), &EchoProtocol(), &GCounterProtocol(), &GSetProtocol(), &KafkaProtocol(),
          &LinKvProtocol(), &PnCounterProtocol(), &TxnListAppendProtocol(), &TxnRwRegisterProtocol(),
          &UniqueIdsProtocol()};
}

}  // namespace gyre

// KeyGroups: a generator that lets groups of threads work on one key each, as jepsen.independent's concurrent-generator
// with reserve and process-limit does, for lin-kv.
//
// The first half of each group reads, the others do `write`; a group of one thread does both. Once as many processes as
// the limit allows have worked on a key, the group goes on to the next key that nobody had. Unlike in Maelstrom, every
// group has readers, any number of threads will do, and the limit leaves room for time-outs however large a group is.
#pragma once

#include <cstdint>
#include <string>

#include "sim/generator.h"

namespace gyre {

struct KeyGroupsOptions {
  uint32_t group_size = 2;      // threads; the last group takes what is left over
  uint32_t process_limit = 20;  // processes of one key; at least twice the group's size counts
  OpMaker read;                 // of the value without its key
  OpMaker write;
};

// Values are [key, value]. REQUIRES: group_size > 0.
GeneratorPtr KeyGroups(std::string path, KeyGroupsOptions options);

}  // namespace gyre

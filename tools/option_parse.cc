// Words to values and back: the command line through CLI11, run.json's config member through Json; both through the
// same setters of the table in options.cc, so that what was recorded is read as what was typed.
#include <CLI/CLI.hpp>
#include <algorithm>
#include <map>

#include "absl/strings/numbers.h"
#include "absl/strings/str_join.h"
#include "sim/base/check.h"
#include "sim/base/concat.h"
#include "tools/console.h"
#include "tools/decimal.h"
#include "tools/options.h"
#include "tools/spelling.h"

namespace gyre {
namespace {

template <typename... Cases>
struct Overloaded : Cases... {
  using Cases::operator()...;
};
template <typename... Cases>
Overloaded(Cases...) -> Overloaded<Cases...>;

constexpr uint64_t kMebibyte = 1u << 20;
constexpr uint64_t kFinest = 1'000'000'000;  // the largest denominator of a rate or a probability

// Sets what `option` says from `values`, the texts that were given for it; of several, the last counts except in
// lists. Errors say what is wrong with the text.
absl::Status Set(const Option& option, const std::vector<std::string>& values, CommandLine* line) {
  const std::string last = values.empty() ? "" : values.back();
  const auto keep = [](auto parsed, auto& place) {
    if (parsed.ok()) place = *parsed;
    return parsed.status();
  };
  return std::visit(
      Overloaded{
          [&](const FlagField& field) {
            field.at(*line) = last != "false";  // which only a record says
            return absl::OkStatus();
          },
          [&](const TextField& field) {
            field.at(*line) = last;
            return absl::OkStatus();
          },
          [&](const ListField& field) {
            std::vector<std::string>& list = field.at(*line);
            list.insert(list.end(), values.begin(), values.end());
            return absl::OkStatus();
          },
          [&](const WholeField& field) { return keep(ParseWhole(last, field.min, field.max), field.at(*line)); },
          [&](const MebibytesField& field) {
            const absl::StatusOr<uint64_t> number = ParseWhole(last, 1, 1u << 20);
            if (number.ok()) field.at(*line) = *number * kMebibyte;
            return number.status();
          },
          [&](const DecimalField& field) {
            const absl::StatusOr<Ratio> ratio = ParseDecimal(last);
            if (ratio.ok() && ratio->den > kFinest) {
              return absl::InvalidArgumentError(Concat("'", last, "' has more than 9 decimals"));
            }
            if (ratio.ok() && ratio->num > ratio->den * field.max) {
              return absl::InvalidArgumentError(Concat("'", last, "' is not between 0 and ", field.max));
            }
            return keep(ratio, field.at(*line));
          },
          [&](const TimeField& field) { return keep(ParseDuration(last, field.unit), field.at(*line)); },
          [&](const ChoiceField& field) {
            for (const char* choice : field.choices) {
              if (last != choice) continue;
              field.at(*line) = last;
              return absl::OkStatus();
            }
            return absl::InvalidArgumentError(
                field.choices.size() == 1 ? Concat("'", last, "' is not ", field.choices[0], ", the only choice")
                                          : Concat("'", last, "' is none of ", absl::StrJoin(field.choices, ", ")));
          },
          [&](const CustomField& field) { return field.set(values, line); },
          [&](const RefusedField& field) { return absl::InvalidArgumentError(field.sentence); },
          [&](const IdleField& field) {
            line->notes.push_back(Concat("--", option.name, " changes nothing here: ", field.sentence, "."));
            return absl::OkStatus();
          },
      },
      option.field);
}

Json Get(const Option& option, CommandLine& line) {
  return std::visit(Overloaded{
                        [&](const FlagField& field) { return Json(field.at(line)); },
                        [&](const TextField& field) { return Json(field.at(line)); },
                        [&](const WholeField& field) { return Json(field.at(line)); },
                        [&](const MebibytesField& field) { return Json(field.at(line) / kMebibyte); },
                        [&](const DecimalField& field) { return Json(FormatDecimal(field.at(line))); },
                        [&](const TimeField& field) { return Json(FormatDuration(field.at(line), field.unit)); },
                        [&](const ChoiceField& field) { return Json(field.at(line)); },
                        [&](const CustomField& field) { return field.get(line.run); },
                        [&](const auto&) {
                          CHECK_THAT(false, Concat("--", option.name, " cannot be recorded"));
                          return Json();
                        },
                    },
                    option.field);
}

absl::Status UnknownOption(std::string_view command, unsigned set, std::string_view word) {
  std::string_view name = word.substr(0, word.find('='));
  name.remove_prefix(std::min(name.find_first_not_of('-'), name.size()));
  std::vector<std::string> names;
  for (const Option& option : Options()) {
    if ((option.commands & set) != 0 && option.help[0] != '\0') names.push_back(option.name);
  }
  const std::vector<std::string> nearest = NearestNames(name, names);
  return absl::InvalidArgumentError(Concat("gyre ", command, " has no option ", EscapeForTerminal(word),
                                           nearest.empty() ? "" : Concat(" (did you mean --", nearest[0], "?)"),
                                           "; `gyre ", command, " --help` lists what it has."));
}

// "--rate: 'x' is not a decimal number; see `gyre test --help`."
absl::Status About(const Option& option, std::string_view command, const absl::Status& wrong) {
  if (std::holds_alternative<RefusedField>(option.field)) {
    return absl::InvalidArgumentError(Concat("--", option.name, ": ", wrong.message(), "."));
  }
  return absl::InvalidArgumentError(Concat("--", option.name, ": ", EscapeForTerminal(ToStd(wrong.message())),
                                           "; `gyre ", command, " --help` says what it takes."));
}

// CLI11 reports by exceptions; none leaves this function.
absl::Status Tokenize(CLI::App& app, std::string_view command, std::vector<std::string> words) {
  std::reverse(words.begin(), words.end());  // CLI11 takes a vector from its back
  try {
    app.parse(std::move(words));
  } catch (const CLI::ArgumentMismatch& error) {
    const std::string what = error.what();
    return absl::InvalidArgumentError(
        Concat(what.substr(0, what.find(':')), " needs a value; `gyre ", command, " --help` says which."));
  } catch (const CLI::ParseError& error) {
    return absl::InvalidArgumentError(Concat(EscapeForTerminal(error.what()), "; see `gyre ", command, " --help`."));
  }
  return absl::OkStatus();
}

// The texts that stand for a recorded value.
std::vector<std::string> TextsOf(const Json& json) {
  if (json.is_string()) return {json.AsString()};
  if (!json.is_array()) return {json.Dump()};
  std::vector<std::string> texts;
  for (const Json& each : json.AsArray()) {
    for (std::string& text : TextsOf(each)) texts.push_back(std::move(text));
  }
  return texts;
}

absl::Status WrongConfig(std::string_view why) {
  return absl::InvalidArgumentError(Concat("the config of run.json ", why));
}

// What a config cannot do without, and what it may have beside options.
constexpr const char* kNeeded[] = {"bin", "seed", "workload"};
constexpr const char* kLists[] = {"args", "faults", "overrides"};

absl::Status CheckMembers(const Json& json) {
  for (const char* name : kNeeded) {
    if (json.Find(name) == nullptr) return WrongConfig(Concat("lacks '", name, "'"));
  }
  for (const auto& [name, value] : json.AsObject()) {
    const auto is_this = [&name = name](const Option& option) { return option.recorded && name == option.name; };
    const bool known = std::find(std::begin(kLists), std::end(kLists), name) != std::end(kLists) ||
                       std::any_of(Options().begin(), Options().end(), is_this);
    if (!known) return WrongConfig(Concat("has '", EscapeForTerminal(name), "', which this gyre does not know"));
  }
  return absl::OkStatus();
}

// run.json's `faults`.
absl::StatusOr<std::vector<Fault>> FaultsFromJson(const Json& json, const std::vector<std::string>& nodes) {
  std::vector<Fault> faults;
  if (!json.is_array()) return absl::InvalidArgumentError("the faults are not a list");
  for (const Json& each : json.AsArray()) {
    absl::StatusOr<Fault> fault = FaultFromJson(each, nodes);
    if (!fault.ok()) return fault.status();
    if (!faults.empty() && fault->at < faults.back().at) {
      return absl::InvalidArgumentError("the faults are not in the order of their times");
    }
    faults.push_back(*std::move(fault));
  }
  return faults;
}

// run.json's `overrides`: lines as in decisions.jsonl.
absl::StatusOr<std::vector<Decision>> OverridesFromJson(const Json& json) {
  std::vector<Decision> overrides;
  for (const std::string& text : TextsOf(json)) {
    absl::StatusOr<Decision> decision = ParseDecision(text);
    if (!decision.ok()) return decision.status();
    overrides.push_back(*std::move(decision));
  }
  return overrides;
}

}  // namespace

absl::StatusOr<CommandLine> ParseCommandLine(std::string_view command, unsigned set,
                                             const std::vector<std::string>& words) {
  CommandLine line;
  const auto dashes = std::find(words.begin(), words.end(), "--");
  if (dashes != words.end()) {
    line.args_given = true;
    line.run.args.assign(dashes + 1, words.end());
  }

  CLI::App app;
  app.set_help_flag();
  app.allow_extras();
  std::vector<std::pair<const Option*, CLI::Option*>> parsed;
  for (const Option& option : Options()) {
    if ((option.commands & set) == 0) continue;
    const std::string names =
        Concat(option.letter == 0 ? "" : Concat("-", std::string(1, option.letter), ","), "--", option.name);
    CLI::Option* added = option.value == nullptr ? app.add_flag(names) : app.add_option(names)->expected(1);
    added->multi_option_policy(CLI::MultiOptionPolicy::TakeAll)->allow_extra_args(false);
    parsed.emplace_back(&option, added);
  }
  if (absl::Status status = Tokenize(app, command, {words.begin(), dashes}); !status.ok()) return status;

  for (const std::string& word : app.remaining()) {
    if (word.size() > 1 && word[0] == '-') return UnknownOption(command, set, word);
    line.positional.push_back(word);
  }
  for (const auto& [option, given] : parsed) {
    if (given->count() == 0) continue;
    if (absl::Status status = Set(*option, given->results(), &line); !status.ok()) {
      return About(*option, command, status);
    }
  }
  for (const auto& [option, given] : parsed) {
    if (given->count() == 0 || Concerns(*option, line.run.workload)) continue;
    line.notes.push_back(Concat("--", option->name, " changes nothing here: it belongs to the workload",
                                option->concerns.size() == 1 ? " " : "s ", absl::StrJoin(option->concerns, ", "), "."));
  }
  return line;
}

Json ConfigToJson(const RunConfig& config) {
  CommandLine line;
  line.run = config;
  Json json{Json::Object{}};
  for (const Option& option : Options()) {
    if (option.recorded) json.Set(option.name, Get(option, line));
  }
  Json::Array args;
  for (const std::string& arg : config.args) args.emplace_back(arg);
  json.Set("args", std::move(args));
  Json::Array overrides;
  for (const Decision& decision : config.overrides) overrides.emplace_back(ToJsonLine(decision));
  json.Set("overrides", std::move(overrides));
  Json::Array faults;
  for (const Fault& fault : config.faults) faults.push_back(ToJson(fault));
  json.Set("faults", std::move(faults));
  return json;
}

absl::StatusOr<RunConfig> ConfigFromJson(const Json& json) {
  if (!json.is_object()) return WrongConfig("is not an object");
  if (absl::Status status = CheckMembers(json); !status.ok()) return status;
  CommandLine line;
  // What is not there is at its default: an option that a later gyre has must not make old records unreadable.
  line.concurrency = Concat(line.run.concurrency);
  for (const Option& option : Options()) {
    const Json* value = option.recorded ? json.Find(option.name) : nullptr;
    // The empty text is how "not given" is recorded, which no option takes.
    if (value == nullptr || (value->is_string() && value->AsString().empty())) continue;
    if (absl::Status status = Set(option, TextsOf(*value), &line); !status.ok()) {
      return WrongConfig(Concat("has a wrong '", option.name, "': ", status.message()));
    }
  }
  const Json none{Json::Array()};
  const auto list = [&](const char* name) -> const Json& {
    const Json* given = json.Find(name);
    return given == nullptr ? none : *given;
  };
  line.run.args = TextsOf(list("args"));
  absl::StatusOr<std::vector<Decision>> decisions = OverridesFromJson(list("overrides"));
  if (!decisions.ok()) return WrongConfig(Concat("has a wrong override: ", decisions.status().message()));
  line.run.overrides = *std::move(decisions);
  if (!line.nodes.empty()) line.run.nodes = line.nodes;
  absl::StatusOr<std::vector<Fault>> plan = FaultsFromJson(list("faults"), line.run.nodes);
  if (!plan.ok()) return WrongConfig(ToStd(plan.status().message()));
  line.run.faults = *std::move(plan);
  uint64_t concurrency = 0;
  if (!absl::SimpleAtoi(line.concurrency, &concurrency)) return WrongConfig("has a concurrency that is no number");
  line.run.concurrency = static_cast<uint32_t>(concurrency);
  for (const std::string& pair : line.env) {
    const size_t equals = pair.find('=');
    if (equals == std::string::npos) return WrongConfig("has a variable without a value");
    line.run.env.emplace_back(pair.substr(0, equals), pair.substr(equals + 1));
  }
  return line.run;
}

std::string ShellCommand(const RunConfig& config) {
  CommandLine given;
  given.run = config;
  CommandLine otherwise;
  std::string command = Concat("gyre test -w ", config.workload, " --bin ", ShellWord(config.bin));
  for (const Option& option : Options()) {
    const std::string_view name = option.name;
    if (!option.recorded || name == "workload" || name == "bin" || name == "env" || name == "seed") continue;
    const Json value = Get(option, given);
    if (value == Get(option, otherwise)) continue;
    command += Concat(" --", name);
    if (!value.is_bool()) command += Concat(" ", ShellWord(absl::StrJoin(TextsOf(value), ",")));
  }
  for (const auto& [name, value] : config.env) {
    if (!IsStandardVariable(name)) command += Concat(" --env ", ShellWord(Concat(name, "=", value)));
  }
  command += Concat(" --seed ", config.seed);
  if (!config.args.empty()) command += " --";
  for (const std::string& arg : config.args) command += Concat(" ", ShellWord(arg));
  return command;
}

}  // namespace gyre

#include "jetstream/manifest_guard.h"

#include <algorithm>
#include <sstream>

#include <yaml-cpp/eventhandler.h>
#include <yaml-cpp/yaml.h>

namespace unified::jetstream {
namespace {

constexpr int kMaxDocuments = 4096;  // an object each
constexpr int kMaxNodes = 200'000;   // a manifest of 1 MiB, a thousand streams with every field
constexpr int kMaxDepth = 16;

class Counter : public YAML::EventHandler {
 public:
  void OnDocumentStart(const YAML::Mark& mark) override {
    limit(++documents_, kMaxDocuments, mark, "too many documents");
  }
  void OnDocumentEnd() override {}
  void OnNull(const YAML::Mark& mark, YAML::anchor_t /*anchor*/) override { count(mark); }
  void OnAlias(const YAML::Mark& mark, YAML::anchor_t /*anchor*/) override { count(mark); }
  void OnScalar(const YAML::Mark& mark,
                const std::string& /*text*/,
                YAML::anchor_t /*anchor*/,
                const std::string& /*value*/) override {
    count(mark);
  }
  void OnSequenceStart(const YAML::Mark& mark,
                       const std::string& /*text*/,
                       YAML::anchor_t /*anchor*/,
                       YAML::EmitterStyle::value /*style*/) override {
    count(mark);
  }
  void OnSequenceEnd() override {}
  void OnMapStart(const YAML::Mark& mark,
                  const std::string& /*text*/,
                  YAML::anchor_t /*anchor*/,
                  YAML::EmitterStyle::value /*style*/) override {
    count(mark);
  }
  void OnMapEnd() override {}

 private:
  static void limit(int count, int most, const YAML::Mark& mark, const char* what) {
    if (count > most)
      throw YAML::ParserException(mark, what);
  }
  void count(const YAML::Mark& mark) { limit(++nodes_, kMaxNodes, mark, "too many values"); }

  int documents_ = 0;
  int nodes_ = 0;
};

class NodeBudget {
 public:
  [[nodiscard]] bool covers(const YAML::Node& node, int depth = 0) {  // NOLINT(misc-no-recursion)
    if (++seen_ > kMaxNodes || depth > kMaxDepth)
      return false;
    // yaml-cpp's iterators are no C++20 iterators.
    // NOLINTNEXTLINE(modernize-use-ranges)
    return std::all_of(node.begin(), node.end(), [&](const auto& child) {
      return node.IsMap() ? covers(child.first, depth + 1) && covers(child.second, depth + 1)
                          : covers(child, depth + 1);
    });
  }

 private:
  int seen_ = 0;
};

}  // namespace

void refuse_endless_yaml(const std::string& text) {
  std::istringstream in{text};
  YAML::Parser parser{in};
  Counter counter;
  while (parser.HandleNextDocument(counter)) {
  }
}

bool nests_too_deeply(const std::string& text) {
  constexpr int kMaxOpen = 64;
  constexpr int kMaxIndicators = 256;
  int open = 0;
  int indicators = 0;
  for (const char c : text) {
    if (c == '[' || c == '{')
      ++open;
    else if ((c == ']' || c == '}') && open > 0)
      --open;
    // Between commas of a list or map, as on a line: JSON may be one line.
    const bool is_end = c == '\n' || (open > 0 && c == ',');
    indicators = is_end ? 0 : indicators + (c == '-' || c == '?' || c == ':' ? 1 : 0);
    if (open > kMaxOpen || indicators > kMaxIndicators)
      return true;
  }
  return false;
}

bool is_walkable(const std::vector<YAML::Node>& documents) {
  NodeBudget budget;
  return std::ranges::all_of(documents, [&](const auto& root) { return budget.covers(root); });
}

}  // namespace unified::jetstream

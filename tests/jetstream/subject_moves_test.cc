// A subject that moves from one stream to another: in the plan, and against a server that refuses
// whoever shall have it.
#include "jetstream/subject_moves.h"

#include <algorithm>

#include <gtest/gtest.h>

#include "jetstream/reconciler.h"
#include "support/fake_api_port.h"

namespace unified::jetstream {
namespace {

using Json = nlohmann::json;
using Names = std::vector<std::string>;
using test::FakeApiPort;

class SubjectMovesTest : public testing::Test {
 protected:
  SubjectMovesTest() {
    // At every moment what was captured before has to be found somewhere afterwards.
    options.version = {2, 10, 27};
    options.timeout = std::chrono::seconds{1};
    options.allowed.lossy = true;
  }

  static StreamSpec spec(const std::string& name, Json config) {
    return {.name = name, .config = std::move(config), .origin = "test"};
  }

  ReconcileReport run(ReconcileMode mode = ReconcileMode::kStart) {
    options.mode = mode;
    return reconcile(server, {desired, {}}, options);
  }

  Names subjects(const std::string& stream) {
    return server.streams.contains(stream) ? server.streams[stream].config["subjects"].get<Names>()
                                           : Names{};
  }

  [[nodiscard]] bool is_stored(const std::string& subject) {
    return std::ranges::any_of(server.streams, [&](const auto& one) {
      const auto all = one.second.config["subjects"].template get<Names>();
      return std::ranges::find(all, subject) != all.end();
    });
  }

  void all_moves_to_events() {
    server.add({{"name", "ALL"}, {"subjects", {"orders.>", "events.>"}}});
    desired = {spec("ALL", {{"subjects", {"orders.>"}}}),
               spec("EVENTS", {{"subjects", {"events.>"}}})};
  }

  void expect_nothing_was_taken(const ReconcileReport& report) {
    EXPECT_EQ(subjects("ALL"), (Names{"orders.>", "events.>"}));
    EXPECT_FALSE(report.problems.empty() && !report.remaining.has_refusals());
  }

  static std::string texts_of(const ReconcileReport& report) {
    std::string text = to_text(report.remaining);
    for (const StreamProblem& problem : report.problems)
      text += problem.message + "\n";
    return text;
  }

  FakeApiPort server;
  std::vector<StreamSpec> desired;
  ReconcileOptions options;
};

TEST_F(SubjectMovesTest, IsOneStepInWhateverOrderTheStreamsAreDeclared) {
  for (const bool taker_first : {false, true}) {
    server = FakeApiPort{};
    all_moves_to_events();
    if (taker_first)
      std::ranges::reverse(desired);

    const ReconcileReport report = run();

    EXPECT_TRUE(report.provisioned()) << texts_of(report);
    EXPECT_TRUE(report.problems.empty()) << texts_of(report);
    EXPECT_EQ(subjects("ALL"), Names{"orders.>"});
    EXPECT_EQ(subjects("EVENTS"), Names{"events.>"});
    EXPECT_NE(std::ranges::find(report.done, "moved events.> from ALL to EVENTS"),
              report.done.end());
  }
}

TEST_F(SubjectMovesTest, IsOneStepOfAGivenPlan) {
  all_moves_to_events();
  std::ranges::reverse(desired);
  options.only_plan = plan_hash(run(ReconcileMode::kPlanOnly).plan);

  EXPECT_TRUE(run().provisioned());
}

TEST_F(SubjectMovesTest, NothingIsTakenForAStreamThatTheServerDoesNotMake) {
  all_moves_to_events();
  server.refuses = [](const Json& config) {
    return config["name"] == "EVENTS" ? "duplicate source configuration detected" : "";
  };
  const auto never_stored_nowhere = [&](const std::string&) { EXPECT_TRUE(is_stored("events.>")); };
  server.before = never_stored_nowhere;

  const ReconcileReport report = run();

  expect_nothing_was_taken(report);
  EXPECT_FALSE(report.provisioned());
  EXPECT_NE(texts_of(report).find("stream EVENTS is to capture events.> and can't"),
            std::string::npos)
      << texts_of(report);
}

TEST_F(SubjectMovesTest, NothingIsTakenForAMirrorThatCannotBePromoted) {
  all_moves_to_events();
  server.add({{"name", "EVENTS"}, {"mirror", {{"name", "ALL"}}}, {"subjects", {"x"}}});
  server.streams["EVENTS"].config.erase("subjects");
  desired[1].config["mirror"] = nullptr;
  server.before = [&](const std::string& verb) {
    EXPECT_FALSE(verb.starts_with("STREAM.UPDATE")) << verb;
  };

  const ReconcileReport report = run(ReconcileMode::kStart);

  EXPECT_EQ(subjects("ALL"), (Names{"orders.>", "events.>"}));
  EXPECT_TRUE(report.remaining.has_refusals());
}

TEST_F(SubjectMovesTest, NothingIsTakenForAStreamThatIsNotLoaded) {
  all_moves_to_events();
  options.evidence = [](const std::string& stream, const std::string&) {
    return stream == "EVENTS" ? std::optional<std::string>{"folder /x/EVENTS"} : std::nullopt;
  };

  expect_nothing_was_taken(run());
}

TEST_F(SubjectMovesTest, NothingIsTakenForASubjectThatAThirdOneKeeps) {
  server.add({{"name", "ALL"}, {"subjects", {"orders.>", "events.a"}}});
  server.add({{"name", "THIRD"}, {"subjects", {"events.b"}}});
  desired = {spec("ALL", {{"subjects", {"orders.>"}}}),
             spec("EVENTS", {{"subjects", {"events.*"}}})};

  const ReconcileReport report = run();

  EXPECT_EQ(subjects("ALL"), (Names{"orders.>", "events.a"})) << texts_of(report);
}

TEST_F(SubjectMovesTest, ComesBackWhenTheTakerIsRefusedAtTheLastMoment) {
  all_moves_to_events();
  server.refuses = [](const Json& config) {
    const auto subjects = config["subjects"].get<Names>();
    const bool takes = std::ranges::find(subjects, "events.>") != subjects.end();
    return config["name"] == "EVENTS" && takes ? "forms a cycle" : "";
  };

  const ReconcileReport report = run();

  EXPECT_EQ(subjects("ALL"), (Names{"orders.>", "events.>"}));
  EXPECT_NE(texts_of(report).find("stream ALL has it back"), std::string::npos) << texts_of(report);
}

/// Meanwhile the taker was changed, and changed back.
TEST_F(SubjectMovesTest, OnlyWhatTheReadBackShowsIsSaidToBeDone) {
  all_moves_to_events();
  server.add({{"name", "EVENTS"}, {"subjects", {"x"}}, {"max_msgs", 5}});
  desired[1] = spec("EVENTS", {{"subjects", {"x", "events.>"}}});
  server.refuses = [](const Json& config) {
    const auto subjects = config["subjects"].get<Names>();
    const bool takes = std::ranges::find(subjects, "events.>") != subjects.end();
    return config["name"] == "EVENTS" && takes ? "forms a cycle" : "";
  };

  const ReconcileReport refused = run();

  EXPECT_EQ(subjects("ALL"), (Names{"orders.>", "events.>"}));
  EXPECT_EQ(refused.done, Names{});
  EXPECT_EQ(refused.unbound, Names{"events.>"});
  EXPECT_EQ(where_unbound(refused.unbound, refused.actual),
            "events.> is stored by stream ALL, not by the one that declares it");
  EXPECT_EQ(where_unbound({"y"}, refused.actual), "no stream stores y");

  desired[1].config["max_msgs"] = 100;
  const ReconcileReport in_part = run();

  EXPECT_EQ(in_part.done, Names{"updated EVENTS: max_msgs"});
}

TEST_F(SubjectMovesTest, ALostAnswerOfTheTakerIsNoRefusal) {
  for (const bool carried_out : {true, false}) {
    server = FakeApiPort{};
    all_moves_to_events();
    int updates = 0;
    server.before = [&](const std::string& verb) {
      if (verb == "STREAM.UPDATE.EVENTS" && ++updates == 1)
        server.faults.push_back(
            {.prefix = "STREAM.UPDATE.EVENTS", .reply = {}, .carried_out = carried_out});
    };

    const ReconcileReport report = run();

    EXPECT_TRUE(is_stored("events.>")) << carried_out << texts_of(report);
    EXPECT_EQ(subjects("EVENTS"), Names{"events.>"}) << carried_out << texts_of(report);
  }
}

/// Killed between any two requests, the next start ends with every subject stored.
TEST_F(SubjectMovesTest, WhereverAProcessEndsTheNextOneLeavesNothingUnstored) {
  struct Killed {};
  for (const bool refused : {false, true})
    for (int kill_at = 1; kill_at < 12; ++kill_at) {
      server = FakeApiPort{};
      all_moves_to_events();
      if (refused)
        server.refuses = [](const Json& config) {
          const auto subjects = config["subjects"].get<Names>();
          const bool takes = std::ranges::find(subjects, "events.>") != subjects.end();
          return config["name"] == "EVENTS" && takes ? "forms a cycle" : "";
        };
      int requests = 0;
      server.before = [&](const std::string&) {
        if (++requests == kill_at)
          throw Killed{};
      };
      try {
        run();
      } catch (const Killed&) {
      }
      server.before = nullptr;

      const ReconcileReport report = run();

      EXPECT_TRUE(is_stored("events.>")) << kill_at << texts_of(report);
      EXPECT_EQ(report.provisioned(), !refused) << kill_at << texts_of(report);
    }
}

TEST_F(SubjectMovesTest, SeveralTakersOfOneGiverAndOneOfThemRefused) {
  server.add({{"name", "ALL"}, {"subjects", {"orders.>", "events.>"}}});
  desired = {spec("ALL", {{"subjects", {"orders.>"}}}),
             spec("ONE", {{"subjects", {"events.one.>"}}}),
             spec("TWO", {{"subjects", {"events.two.>"}}})};
  EXPECT_TRUE(run().provisioned());

  server = FakeApiPort{};
  server.add({{"name", "ALL"}, {"subjects", {"orders.>", "events.>"}}});
  server.refuses = [](const Json& config) { return config["name"] == "TWO" ? "no" : ""; };
  const ReconcileReport report = run();
  EXPECT_EQ(subjects("ALL"), (Names{"orders.>", "events.>"})) << texts_of(report);

  // Only at the last moment: what it should have goes back, the other one keeps what it has.
  server = FakeApiPort{};
  server.add({{"name", "ALL"}, {"subjects", {"orders.>", "events.>"}}});
  server.refuses = [](const Json& config) {
    return config["name"] == "TWO" && config["subjects"][0] == "events.two.>" ? "no" : "";
  };
  run();
  EXPECT_EQ(subjects("ALL"), (Names{"orders.>", "events.two.>"}));
  EXPECT_EQ(subjects("ONE"), Names{"events.one.>"});
}

TEST_F(SubjectMovesTest, ChainsAndSwaps) {
  server.add({{"name", "A"}, {"subjects", {"a", "x"}}});
  server.add({{"name", "B"}, {"subjects", {"b", "y"}}});
  server.add({{"name", "C"}, {"subjects", {"c"}}});
  desired = {spec("C", {{"subjects", {"c", "y"}}}), spec("B", {{"subjects", {"b", "x"}}}),
             spec("A", {{"subjects", {"a"}}})};
  ReconcileReport report = run();
  EXPECT_TRUE(report.provisioned() && report.problems.empty()) << texts_of(report);

  server = FakeApiPort{};
  server.add({{"name", "A"}, {"subjects", {"x"}}});
  server.add({{"name", "B"}, {"subjects", {"y"}}});
  desired = {spec("A", {{"subjects", {"y"}}}), spec("B", {{"subjects", {"x"}}})};
  report = run();
  EXPECT_TRUE(report.provisioned() && report.problems.empty()) << texts_of(report);
  EXPECT_EQ(subjects("A"), Names{"y"});
  EXPECT_EQ(subjects("B"), Names{"x"});
  EXPECT_FALSE(report.remaining.has_changes() || report.remaining.has_refusals());
}

TEST_F(SubjectMovesTest, WithoutPermissionNothingMovesAndTheHintNamesWhatIsMissing) {
  all_moves_to_events();
  options.allowed = {};
  EXPECT_NE(texts_of(run()).find("RECONCILE_ALLOW=lossy"), std::string::npos);
  EXPECT_EQ(subjects("ALL"), (Names{"orders.>", "events.>"}));

  options.allowed.lossy = true;
  desired[0].allow = Allowed{};
  const std::string text = texts_of(run());
  EXPECT_EQ(text.find("RECONCILE_ALLOW=lossy"), std::string::npos) << text;
  EXPECT_NE(text.find("the object's own allow: has lossy"), std::string::npos) << text;
  EXPECT_EQ(subjects("ALL"), (Names{"orders.>", "events.>"}));
}

TEST_F(SubjectMovesTest, NothingIsTakenFromAStreamThatCapturesEverything) {
  server.add({{"name", "ALL"}, {"subjects", {">"}}, {"no_ack", true}});
  desired = {spec("ALL", {{"subjects", {"orders.>"}}}),
             spec("EVENTS", {{"subjects", {"events.>"}}})};

  run();

  EXPECT_EQ(subjects("ALL"), Names{">"});
}

TEST_F(SubjectMovesTest, GiverAndTakerAreUpdatedOneRightAfterTheOther) {
  all_moves_to_events();

  run();

  const auto give = std::ranges::find(server.requests, "$JS.API.STREAM.UPDATE.ALL");
  ASSERT_NE(give, server.requests.end());
  ASSERT_NE(give + 1, server.requests.end());
  EXPECT_EQ(*(give + 1), "$JS.API.STREAM.UPDATE.EVENTS");
}

}  // namespace
}  // namespace unified::jetstream

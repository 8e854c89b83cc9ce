#pragma once

#include <set>
#include <string>
#include <vector>

#include "jetstream/api.h"
#include "jetstream/fresh_streams.h"
#include "jetstream/plan.h"
#include "jetstream/reconciler.h"
#include "jetstream/stream_applier.h"
#include "jetstream/subject_moves.h"

namespace unified::jetstream {

/// Moves subjects from stream to stream once all else of a plan is applied: those who take have a
/// placeholder by then, so that the server has found nothing wrong with them. All streams of a move
/// are read, planned again and updated one right after the other; what a stream can't take after
/// all goes back to whom it was taken from.
class SubjectMover {
 public:
  /// Refers to all it is given; what is done and what failed goes to `report`.
  SubjectMover(Api& api,
               FreshStreams& streams,
               Replan replan,
               const ReconcileOptions& options,
               Actual& actual,
               ReconcileReport& report)
      : api_(api),
        streams_(streams),
        replan_(std::move(replan)),
        options_(options),
        actual_(actual),
        report_(report) {}

  /// Blocks. A move of a stream that was refused meanwhile (Actual::refused) is left undone.
  void make(const std::vector<SubjectMove>& moves);

  /// For streams that hold a placeholder, because of a crash, and were refused: what they declare
  /// and nobody stores goes to whom the placeholder names.
  void give_back_what_is_orphaned(const Plan& plan);

 private:
  using Moves = std::vector<SubjectMove>;

  void make_together(const std::set<std::string>& streams, const Moves& meant);
  [[nodiscard]] bool read(const std::set<std::string>& streams);
  void send(const Plan& plan, const Moves& moves);
  void note(const SubjectMove& move);
  /// `failure`: of the taker; null: none is known.
  void give_back(const SubjectMove& move, const ApiFailure* failure);
  [[nodiscard]] std::string subject_to_give_back(const SubjectMove& move) const;
  [[nodiscard]] bool captures(const std::string& stream, const std::string& subject) const;
  [[nodiscard]] std::string rival_of(const std::string& subject) const;
  void tell(const std::string& stream, std::string message, bool transient);

  Api& api_;
  FreshStreams& streams_;
  Replan replan_;
  const ReconcileOptions& options_;
  Actual& actual_;
  ReconcileReport& report_;
};

}  // namespace unified::jetstream

#include "app/disk_look.h"

#include <fmt/format.h>

#include "app/store_probe.h"
#include "health/disk_room.h"
#include "os/trial_write.h"

namespace unified::app {
namespace {

std::optional<health::DiskFacts> space_of(const std::string& store_dir) {
  const auto seen = look_at_store(store_dir, {});
  return seen ? std::optional{*seen} : std::nullopt;
}

}  // namespace

DiskLook look_for_room(const std::string& store_dir, std::int64_t trial_bytes) {
  return {.disk = space_of(store_dir), .refused_us = os::refuses_write(store_dir, trial_bytes)};
}

jetstream::ReconcileReport reconcile_with_room(
    const std::string& store_dir,
    jetstream::ReconcileOptions options,
    const std::function<jetstream::ReconcileReport(const jetstream::ReconcileOptions&)>&
        reconcile) {
  using jetstream::ReconcileMode;
  if (store_dir.empty())
    return reconcile(options);
  const auto disk = options.mode == ReconcileMode::kPlanOnly ? std::nullopt : space_of(store_dir);
  const bool full = disk && health::is_full(*disk);
  if (full && options.mode == ReconcileMode::kStart) {
    jetstream::ReconcileReport put_off;
    put_off.problems.push_back(
        {.object = "",
         .message = fmt::format(
             "the disk of {} is full ({}): no stream is created or changed until there is room",
             store_dir, health::what_is_left(*disk)),
         .transient = true});
    return put_off;
  }
  if (full)
    options.mode = ReconcileMode::kPlanOnly;
  return reconcile(options);
}

}  // namespace unified::app

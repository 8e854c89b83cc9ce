#pragma once

#include <string>

namespace unified::supervise {

/// How a process ended; hides the W* macros.
class ExitStatus {
 public:
  static ExitStatus exited(int code) { return {code, 0, false}; }
  static ExitStatus signaled(int signal, bool core_dumped = false) {
    return {0, signal, core_dumped};
  }
  /// From waitpid()'s status word.
  static ExitStatus from_wait(int status);

  [[nodiscard]] bool is_signaled() const { return signal_ != 0; }
  [[nodiscard]] int code() const { return code_; }      ///< only when !is_signaled()
  [[nodiscard]] int signal() const { return signal_; }  ///< 0 when it exited
  [[nodiscard]] bool success() const { return signal_ == 0 && code_ == 0; }
  /// As a shell reports it: the code, or 128 + n.
  [[nodiscard]] int shell_code() const { return is_signaled() ? 128 + signal_ : code_; }
  /// "exited with code 3", "killed by signal 9 (KILL)", "… (core dumped)".
  [[nodiscard]] std::string describe() const;

 private:
  ExitStatus(int code, int signal, bool core) : code_(code), signal_(signal), core_dumped_(core) {}
  int code_;
  int signal_;
  bool core_dumped_;
};

}  // namespace unified::supervise

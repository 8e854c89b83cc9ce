// Preloaded (LD_PRELOAD) into a program that uses nats.c: its read thread stops for a moment in the
// middle of passing a message on, between finding the subscription and touching it, when the
// payload begins with "late". Says how often it has, so that a test knows when to act. What is
// freed from then on is overwritten and never given out again: who uses it after that crashes.
#include <dlfcn.h>
#include <link.h>
#include <malloc.h>
#include <unistd.h>

#include <atomic>
#include <cstddef>
#include <cstring>
#include <ctime>
#include <string_view>

#include <nats/nats.h>

namespace {

std::atomic<int> g_held{0};

using Free = void(void*);
std::atomic<Free*> g_free{nullptr};

int note_library(dl_phdr_info* info, std::size_t /*size*/, void* found) {
  if (std::string_view{info->dlpi_name}.find("/libnats.so") == std::string_view::npos)
    return 0;
  *static_cast<const char**>(found) = info->dlpi_name;
  return 1;
}

/// The function of nats.c itself: it is opened late, so that RTLD_NEXT does not see it.
void* in_library(const char* name) {
  const char* path = nullptr;
  ::dl_iterate_phdr(&note_library, static_cast<void*>(&path));
  void* const library = path == nullptr ? nullptr : ::dlopen(path, RTLD_NOW | RTLD_NOLOAD);
  return library == nullptr ? nullptr : ::dlsym(library, name);
}

void hold(const char* payload, int length) {
  constexpr std::string_view kMark = "late";
  const bool is_sender = ::gettid() == ::getpid();  // makes messages, too
  if (is_sender || payload == nullptr ||
      !std::string_view{payload, static_cast<std::size_t>(length)}.starts_with(kMark))
    return;
  ++g_held;
  const timespec rest{0, 300'000'000};
  ::nanosleep(&rest, nullptr);
}

}  // namespace

extern "C" {

void free(void* memory) noexcept {
  if (memory == nullptr)
    return;
  if (g_held > 0) {
    constexpr int kGarbage = 0x55;
    std::memset(memory, kGarbage, ::malloc_usable_size(memory));
    return;
  }
  if (g_free == nullptr)
    g_free = reinterpret_cast<Free*>(::dlsym(RTLD_NEXT, "free"));
  g_free.load()(memory);
}

/// How many deliveries were held so far.
int unified_deliveries_held() {
  return g_held;
}

/// nats.c up to 3.5.
natsStatus natsMsg_create(natsMsg** message,
                          const char* subject,
                          int subject_length,
                          const char* reply,
                          int reply_length,
                          const char* payload,
                          int length,
                          int header_length) {
  using Function = natsStatus(natsMsg**, const char*, int, const char*, int, const char*, int, int);
  static auto* const real = reinterpret_cast<Function*>(in_library("natsMsg_create"));
  hold(payload, length);
  return real(message, subject, subject_length, reply, reply_length, payload, length,
              header_length);
}

/// Later ones.
natsStatus natsMsg_createWithPadding(natsMsg** message,
                                     const char* subject,
                                     int subject_length,
                                     const char* reply,
                                     int reply_length,
                                     const char* payload,
                                     int length,
                                     int padding,
                                     int header_length) {
  using Function =
      natsStatus(natsMsg**, const char*, int, const char*, int, const char*, int, int, int);
  static auto* const real = reinterpret_cast<Function*>(in_library("natsMsg_createWithPadding"));
  hold(payload, length);
  return real(message, subject, subject_length, reply, reply_length, payload, length, padding,
              header_length);
}

}  // extern "C"

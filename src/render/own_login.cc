#include "render/own_login.h"

#include <algorithm>
#include <array>
#include <initializer_list>
#include <ranges>
#include <string_view>

#include <fmt/format.h>

#include "base/parse.h"

namespace unified::render {
namespace {

using Kind = ConfValue::Kind;

constexpr std::string_view kGlobal = "$G";
constexpr std::string_view kSystem = "$SYS";

/// The last entry with one of these names, in any case: the one that counts.
const ConfEntry* last_of(const std::vector<ConfEntry>& entries,
                         std::initializer_list<std::string_view> names) {
  for (const ConfEntry& entry : std::views::reverse(entries))
    if (std::ranges::find(names, std::string_view{to_lower(entry.key.name)}) != names.end())
      return &entry;
  return nullptr;
}

enum class Answer { kNo, kYes, kUnknown };

struct User {
  std::string name;  ///< or its nkey
  const ConfValue* value = nullptr;
};

struct Account {
  std::string name;
  std::vector<User> users;
  Answer has_jetstream = Answer::kNo;
};

struct Accounts {
  std::vector<Account> all;
  int line = 0;
  std::string system;  ///< the name of the system account
};

/// Of an account block. JetStream may also come from another account.
Answer has_jetstream(const std::vector<ConfEntry>& account) {
  const Answer otherwise =
      last_of(account, {"imports"}) == nullptr ? Answer::kNo : Answer::kUnknown;
  const ConfEntry* const entry = last_of(account, {"jetstream"});
  if (entry == nullptr)
    return otherwise;
  if (entry->value.kind == Kind::kMap)
    return Answer::kYes;
  if (entry->value.kind != Kind::kText)
    return Answer::kUnknown;
  const std::string word = to_lower(entry->value.text);
  constexpr auto kOn = std::to_array<std::string_view>({"enabled", "enable", "true", "yes", "on"});
  constexpr auto kOff =
      std::to_array<std::string_view>({"disabled", "disable", "false", "no", "off"});
  if (std::ranges::find(kOn, word) != kOn.end())
    return Answer::kYes;
  return std::ranges::find(kOff, word) != kOff.end() ? otherwise : Answer::kUnknown;
}

/// Nothing: the text does not tell.
std::optional<std::vector<User>> users_of(const std::vector<ConfEntry>& account) {
  std::vector<User> users;
  const ConfEntry* const entry = last_of(account, {"users"});
  if (entry == nullptr)
    return users;
  if (entry->value.kind != Kind::kArray)
    return std::nullopt;
  for (const ConfValue& item : entry->value.items) {
    const ConfEntry* const name = last_of(item.entries, {"user", "username", "nkey"});
    if (item.kind != Kind::kMap || name == nullptr || name->value.kind != Kind::kText)
      return std::nullopt;
    users.push_back({name->value.text, &item});
  }
  return users;
}

std::optional<Account> account_of(const ConfEntry& entry) {
  if (entry.value.kind != Kind::kMap)
    return std::nullopt;
  auto users = users_of(entry.value.entries);
  if (!users)
    return std::nullopt;
  return Account{entry.key.name, *std::move(users), has_jetstream(entry.value.entries)};
}

/// `accounts { A { … } }` or `accounts: [A, B]`; nothing when the text does not tell.
std::optional<Accounts> accounts_in(const std::vector<ConfEntry>& extra) {
  Accounts accounts;
  accounts.system = kSystem;
  if (const ConfEntry* const system = last_of(extra, {"system_account", "system"})) {
    if (system->value.kind != Kind::kText)
      return std::nullopt;
    accounts.system = system->value.text;
  }
  const ConfEntry* const entry = last_of(extra, {"accounts"});
  if (entry == nullptr)
    return accounts;
  // In two spellings, ACCOUNTS and accounts, it is left to chance which of them counts.
  if (std::ranges::count(extra, entry->key.name,
                         [](const ConfEntry& each) { return each.key.name; }) > 1)
    return std::nullopt;
  accounts.line = entry->key.line;
  if (entry->value.kind != Kind::kMap && entry->value.kind != Kind::kArray)
    return std::nullopt;
  for (const ConfValue& name : entry->value.items) {
    if (name.kind != Kind::kText)
      return std::nullopt;
    accounts.all.push_back({name.text, {}, Answer::kNo});
  }
  for (const ConfEntry& each : entry->value.entries) {
    auto account = account_of(each);
    if (!account)
      return std::nullopt;
    accounts.all.push_back(*std::move(account));
  }
  return accounts;
}

/// One that is no system account: nats-server then gives $G no JetStream.
const Account* other_account(const Accounts& accounts) {
  const auto found = std::ranges::find_if(accounts.all, [&accounts](const Account& account) {
    return account.name != accounts.system && account.name != kSystem;
  });
  return found == accounts.all.end() ? nullptr : &*found;
}

/// It may be limited to websockets, say.
bool takes_plain_clients(const User& user) {
  const ConfEntry* const types =
      last_of(user.value->entries, {"allowed_connection_types", "connection_types", "clients"});
  if (types == nullptr || types->value.kind != Kind::kArray)
    return true;
  return types->value.items.empty() ||
         std::ranges::any_of(types->value.items, [](const ConfValue& type) {
           return type.kind != Kind::kText || to_lower(type.text) == "standard";
         });
}

constexpr std::string_view kNoAuthUser =
    "name a `no_auth_user` there that is a user of an account with `jetstream: enabled` (whoever "
    "comes without a login is that user then)";

class Judge {
 public:
  Judge(const Accounts& accounts, const std::string& file, const config::Settings& settings)
      : accounts_(accounts),
        file_(file),
        settings_(settings) {}

  /// In $G: the users that we render, or whoever needs no login.
  [[nodiscard]] std::optional<std::string> in_global() const {
    const Account* const other = other_account(accounts_);
    if (other == nullptr || !settings_.jetstream.enabled)
      return std::nullopt;
    const bool auth = settings_.auth.enabled;
    return at(
        accounts_.line,
        fmt::format("beside the account {} nats-server gives {} no JetStream, and {} there: {}",
                    other->name, kGlobal,
                    auth ? "the supervisor and the user of NATS_AUTH_* are"
                         : "the supervisor, which needs no login, is",
                    auth ? fmt::format("keep only the system account here, or set "
                                       "NATS_AUTH_ENABLED=false and {}",
                                       kNoAuthUser)
                         : fmt::format("{}, or take the accounts out", kNoAuthUser)));
  }

  [[nodiscard]] std::optional<std::string> without_login() const {
    const bool any_users = std::ranges::any_of(
        accounts_.all, [](const Account& account) { return !account.users.empty(); });
    // Users of the system account alone don't keep others out.
    if (!any_users || other_account(accounts_) == nullptr)
      return in_global();
    return at(accounts_.line,
              fmt::format("with users in \"accounts\" nats-server lets nobody in without a login, "
                          "and the supervisor has none (NATS_AUTH_ENABLED=false): {}, or take the "
                          "accounts out and use NATS_AUTH_*",
                          kNoAuthUser));
  }

  /// Of a server that takes JSON Web Tokens only.
  [[nodiscard]] std::optional<std::string> under_operator(
      const std::vector<ConfEntry>& extra) const {
    const ConfEntry* const found =
        last_of(extra, {"operator", "operators", "root", "roots", "root_operator", "root_operators",
                        "trusted", "trusted_keys"});
    if (found == nullptr || last_of(extra, {"default_sentinel"}) != nullptr)
      return std::nullopt;
    return at(found->key.line,
              fmt::format("with \"{}\" nats-server lets nobody in without a JSON Web Token, and "
                          "the supervisor has none: use NATS_AUTH_*, or \"accounts\" with a "
                          "no_auth_user",
                          found->key.name));
  }

  [[nodiscard]] std::optional<std::string> as_no_auth_user(const ConfEntry& no_auth_user) const {
    if (no_auth_user.value.kind != Kind::kText)
      return std::nullopt;
    const std::string& name = no_auth_user.value.text;
    const int line = no_auth_user.key.line;
    for (const Account& account : accounts_.all)
      for (const User& user : account.users)
        if (user.name == name)
          return as(user, account, line);
    return at(line, fmt::format("no_auth_user {} is no user of \"accounts\": nats-server does not "
                                "start; name one that is",
                                name));
  }

 private:
  [[nodiscard]] std::optional<std::string> as(const User& user,
                                              const Account& account,
                                              int line) const {
    if (!takes_plain_clients(user))
      return at(line, fmt::format("the supervisor would log in as no_auth_user {}, whose "
                                  "allowed_connection_types lack STANDARD: add it",
                                  user.name));
    if (!settings_.jetstream.enabled || account.has_jetstream != Answer::kNo)
      return std::nullopt;
    return at(line, fmt::format("the supervisor would be no_auth_user {} of the account {}, which "
                                "has no JetStream: {}",
                                user.name, account.name,
                                account.name == accounts_.system
                                    ? "the system account can have none; name a user of another one"
                                    : "`jetstream: enabled` in that account"));
  }

  [[nodiscard]] std::string at(int line, const std::string& what) const {
    return fmt::format("{}:{}: {}", file_, line, what);
  }

  const Accounts& accounts_;
  const std::string& file_;
  const config::Settings& settings_;
};

}  // namespace

std::optional<std::string> own_login_fault(const std::vector<ConfEntry>& extra,
                                           const std::string& file,
                                           const config::Settings& settings) {
  const auto accounts = accounts_in(extra);
  if (!accounts)
    return std::nullopt;
  const Judge judge{*accounts, file, settings};
  if (settings.auth.enabled)
    return judge.in_global();
  if (auto fault = judge.under_operator(extra))
    return fault;
  if (const ConfEntry* const user = last_of(extra, {"no_auth_user"}))
    return judge.as_no_auth_user(*user);
  return judge.without_login();
}

}  // namespace unified::render
